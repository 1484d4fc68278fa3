/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Xen para-virtual sound frontend: the sound card
 */
#ifndef __XEN_SND_FRONT_ALSA_H
#define __XEN_SND_FRONT_ALSA_H

#include "xen_snd_front.h"

struct xen_snd_front_card *xen_snd_front_card_new(struct xen_snd_front *front,
						  struct xen_snd_front_cfg *cfg);
void xen_snd_front_card_suspend(struct xen_snd_front_card *card, bool all);
void xen_snd_front_card_disconnect(struct xen_snd_front_card *card);
void xen_snd_front_cards_wait(void);
void xen_snd_front_put(struct xen_snd_front *front);

/**
 * xen_snd_front_card_register() - show the card to applications
 * @card: the card, its channels up and the backend connected
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno.
 */
static inline int xen_snd_front_card_register(struct xen_snd_front_card *card)
{
	int ret = snd_card_register(card->card);

	card->registered = !ret;
	return ret;
}

#endif /* __XEN_SND_FRONT_ALSA_H */
