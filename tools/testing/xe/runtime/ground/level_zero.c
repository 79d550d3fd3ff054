// SPDX-License-Identifier: GPL-2.0
/* See level_zero.h. */
#include <stdlib.h>
#include <string.h>

#include "ground/level_zero.h"
#include "ground/pattern.h"

#define MAX_GROUPS	8

static ze_result_t find_groups(struct level_zero *lz)
{
	ze_command_queue_group_properties_t groups[MAX_GROUPS];
	bool copy = false, compute = false;
	uint32_t count = MAX_GROUPS;
	ze_result_t err;

	memset(groups, 0, sizeof(groups));
	for (uint32_t i = 0; i < MAX_GROUPS; i++)
		groups[i].stype = ZE_STRUCTURE_TYPE_COMMAND_QUEUE_GROUP_PROPERTIES;
	err = zeDeviceGetCommandQueueGroupProperties(lz->device, &count, groups);
	if (err)
		return err;
	for (uint32_t i = count; i--;) {
		if (groups[i].flags & ZE_COMMAND_QUEUE_GROUP_PROPERTY_FLAG_COMPUTE) {
			lz->compute = i;
			compute = true;
		} else if (groups[i].flags & ZE_COMMAND_QUEUE_GROUP_PROPERTY_FLAG_COPY) {
			lz->copy = i;
			copy = true;
		}
	}
	return copy && compute ? ZE_RESULT_SUCCESS : ZE_RESULT_ERROR_UNSUPPORTED_FEATURE;
}

ze_result_t lz_open(struct level_zero *lz)
{
	ze_context_desc_t desc = { .stype = ZE_STRUCTURE_TYPE_CONTEXT_DESC };
	uint32_t one = 1;
	ze_result_t err;

	err = zeInit(0);
	if (!err)
		err = zeDriverGet(&one, &lz->driver);
	if (!err)
		err = zeDeviceGet(lz->driver, &one, &lz->device);
	if (!err)
		err = zeContextCreate(lz->driver, &desc, &lz->context);
	return err ?: find_groups(lz);
}

void lz_close(struct level_zero *lz)
{
	zeContextDestroy(lz->context);
}

ze_result_t lz_list(const struct level_zero *lz, uint32_t group, bool asynchronous, ze_command_list_handle_t *list)
{
	ze_command_queue_desc_t desc = {
		.stype = ZE_STRUCTURE_TYPE_COMMAND_QUEUE_DESC,
		.ordinal = group,
		.mode = asynchronous ? ZE_COMMAND_QUEUE_MODE_ASYNCHRONOUS : ZE_COMMAND_QUEUE_MODE_SYNCHRONOUS,
	};

	return zeCommandListCreateImmediate(lz->context, lz->device, &desc, list);
}

ze_result_t lz_queue(const struct level_zero *lz, uint32_t group, ze_command_queue_handle_t *queue,
		     ze_command_list_handle_t *list)
{
	ze_command_queue_desc_t queue_desc = {
		.stype = ZE_STRUCTURE_TYPE_COMMAND_QUEUE_DESC,
		.ordinal = group,
		.mode = ZE_COMMAND_QUEUE_MODE_ASYNCHRONOUS,
	};
	ze_command_list_desc_t list_desc = {
		.stype = ZE_STRUCTURE_TYPE_COMMAND_LIST_DESC,
		.commandQueueGroupOrdinal = group,
	};
	ze_result_t err = zeCommandQueueCreate(lz->context, lz->device, &queue_desc, queue);

	return err ?: zeCommandListCreate(lz->context, lz->device, &list_desc, list);
}

ze_result_t lz_run(ze_command_queue_handle_t queue, ze_command_list_handle_t list)
{
	ze_result_t err = zeCommandListClose(list);

	if (!err)
		err = zeCommandQueueExecuteCommandLists(queue, 1, &list, NULL);
	return err ?: zeCommandQueueSynchronize(queue, LZ_PATIENCE);
}

bool lz_copies_right(const struct level_zero *lz, size_t size, uint32_t seed)
{
	void *from = malloc(size), *to = malloc(size);
	ze_command_list_handle_t list;
	bool right = false;

	if (from && to && !lz_list(lz, lz->copy, false, &list)) {
		pattern_fill(from, size, seed);
		memset(to, 0, size);
		right = !zeCommandListAppendMemoryCopy(list, to, from, size, NULL, 0, NULL) &&
			pattern_differs(to, size, seed) == size;
		zeCommandListDestroy(list);
	}
	free(from);
	free(to);
	return right;
}

ze_result_t lz_events(const struct level_zero *lz, ze_event_pool_handle_t *pool, ze_event_handle_t *events,
		      uint32_t count)
{
	ze_event_pool_desc_t pool_desc = {
		.stype = ZE_STRUCTURE_TYPE_EVENT_POOL_DESC,
		.flags = ZE_EVENT_POOL_FLAG_HOST_VISIBLE,
		.count = count,
	};
	ze_device_handle_t device = lz->device;
	ze_result_t err = zeEventPoolCreate(lz->context, &pool_desc, 1, &device, pool);

	for (uint32_t i = 0; !err && i < count; i++) {
		ze_event_desc_t desc = {
			.stype = ZE_STRUCTURE_TYPE_EVENT_DESC,
			.index = i,
			.signal = ZE_EVENT_SCOPE_FLAG_HOST,
			.wait = ZE_EVENT_SCOPE_FLAG_HOST,
		};

		err = zeEventCreate(*pool, &desc, &events[i]);
	}
	return err;
}
