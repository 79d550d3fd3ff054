/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The first GPU as Level Zero shows it: a driver, a device, a context, an ordinal for each kind of engine.
 *
 * Rule: every call returns what Level Zero did, and every wait is bounded. Nothing here asserts.
 */
#ifndef RUNTIME_GROUND_LEVEL_ZERO_H
#define RUNTIME_GROUND_LEVEL_ZERO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <level_zero/ze_api.h>

/* Nanoseconds until a job on an emulated GPU counts as lost */
#define LZ_PATIENCE	(100ull * 1000 * 1000 * 1000)

struct level_zero {
	ze_driver_handle_t driver;
	ze_device_handle_t device;
	ze_context_handle_t context;
	/** @copy: the group of engines that copy and do nothing else; @compute: the one that computes */
	uint32_t copy, compute;
};

ze_result_t lz_open(struct level_zero *lz);
void lz_close(struct level_zero *lz);

/* An immediate list on a group of engines; asynchronous: its calls return before the GPU is done */
ze_result_t lz_list(const struct level_zero *lz, uint32_t group, bool asynchronous, ze_command_list_handle_t *list);
/* A list to be closed and executed in a queue */
ze_result_t lz_queue(const struct level_zero *lz, uint32_t group, ze_command_queue_handle_t *queue,
		     ze_command_list_handle_t *list);
ze_result_t lz_run(ze_command_queue_handle_t queue, ze_command_list_handle_t list);

/* Copies between two new areas and looks: does all of it work? */
bool lz_copies_right(const struct level_zero *lz, size_t size, uint32_t seed);

/* A pool of events that the host can wait for */
ze_result_t lz_events(const struct level_zero *lz, ze_event_pool_handle_t *pool, ze_event_handle_t *events,
		      uint32_t count);

#endif
