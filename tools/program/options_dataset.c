/* SPDX-License-Identifier: MIT */
#include "program/options_dataset.h"

dataset_paths options_dataset(const arguments *given) {
    return (dataset_paths){.train = option_text(given, "train"),
                           .val = option_text(given, "val"),
                           .users = option_text(given, "user-features"),
                           .items = option_text(given, "item-features"),
                           .item_key = option_text(given, "item-key")};
}
