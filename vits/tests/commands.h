/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Commands of the ITS, for all who send some.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

#define CMD_INT_EVENT		0x03
#define CMD_CLEAR_EVENT		0x04
#define CMD_INV_EVENT		0x0c
#define CMD_DISCARD_EVENT	0x0f

/* A command's four doublewords */
struct command {
	uint64_t dw[4];
};

static inline struct command cmd_mapd(uint32_t device, uint32_t bits, uint64_t itt, bool valid)
{
	return (struct command){ { 0x08 | (uint64_t)device << 32, bits - 1,
				   itt | (uint64_t)valid << 63 } };
}

static inline struct command cmd_mapc(uint32_t icid, uint64_t cpu, bool valid)
{
	return (struct command){ { 0x09, 0, icid | cpu << 16 | (uint64_t)valid << 63 } };
}

static inline struct command cmd_mapti(uint32_t device, uint32_t event, uint32_t intid,
				       uint32_t icid)
{
	return (struct command){ { 0x0a | (uint64_t)device << 32,
				   event | (uint64_t)intid << 32, icid } };
}

static inline struct command cmd_mapi(uint32_t device, uint32_t event, uint32_t icid)
{
	return (struct command){ { 0x0b | (uint64_t)device << 32, event, icid } };
}

static inline struct command cmd_movi(uint32_t device, uint32_t event, uint32_t icid)
{
	return (struct command){ { 0x01 | (uint64_t)device << 32, event, icid } };
}

static inline struct command cmd_event(uint8_t command, uint32_t device, uint32_t event)
{
	return (struct command){ { command | (uint64_t)device << 32, event } };
}

static inline struct command cmd_invall(uint32_t icid)
{
	return (struct command){ { 0x0d, 0, icid } };
}

static inline struct command cmd_movall(uint64_t from, uint64_t to)
{
	return (struct command){ { 0x0e, 0, from << 16, to << 16 } };
}

static inline struct command cmd_sync(uint64_t cpu)
{
	return (struct command){ { 0x05, 0, cpu << 16 } };
}

#endif
