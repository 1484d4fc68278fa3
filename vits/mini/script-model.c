// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * script-model SEED STEPS: the script on the model.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tests/model.h"
#include "script.h"

static uint8_t config[M_LPIS];

static bool read_memory(void *where, uint64_t gpa, void *to, uint32_t bytes)
{
	(void)where;
	if (gpa + bytes > sizeof(config))
		return false;
	memcpy(to, config + gpa, bytes);
	return true;
}

static struct model model = {
	.devices = 16, .events = 16, .collections = 4, .lpis = SCRIPT_LPIS, .cpus = 2,
	.capacity = 1024, .capacity_devices = 16, .device_bits = 4, .event_bits = 4,
	.memory = read_memory,
};

void script_send(struct command c)
{
	model_command(&model, c.dw);
}

void script_config(uint32_t lpi, bool on)
{
	config[lpi] = (uint8_t)(0xa0 | on);
}

uint32_t script_taken(uint32_t cpu, uint32_t lpi)
{
	struct model_lpi *l = &model.lpi[lpi];
	bool taken = l->pending && (l->config & 1) && l->cpu == cpu;

	if (taken)
		l->pending = false;
	return taken;
}

void script_text(const char *text)
{
	fputs(text, stdout);
}

void script_number(uint32_t number)
{
	printf("%u", number);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	model_write(&model, 0x100, 8, 1ull << 63);
	model_write(&model, 0x108, 8, 1ull << 63);
	model_lpis_on(&model, 0, 15);
	for (uint32_t i = 0; i < 2; i++) {
		script_send(cmd_mapd(i, 4, 0, true));
		script_send(cmd_mapc(i, i, true));
	}
	script_run((uint32_t)atoi(argv[1]), (uint32_t)atoi(argv[2]));
	return 0;
}
