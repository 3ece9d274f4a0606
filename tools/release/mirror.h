/* SPDX-License-Identifier: MIT */
/*
 * Names that do not change, for readers that do not follow a pointer: <prefix>/current/ has the
 * files of the current run of production, the inventory as manifest.json, two_tower_latest.onnx,
 * two_tower_latest.pt and metrics-latest.json; release.json, written last, is the record.  A reader
 * that finds a hash of manifest.json that release.json does not name came in the middle.
 */
#ifndef TOOLS_RELEASE_MIRROR_H
#define TOOLS_RELEASE_MIRROR_H

#include "release/log.h"

int mirror_write(const publish *p, const json_t *record);

#endif
