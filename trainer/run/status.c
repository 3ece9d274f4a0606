/* SPDX-License-Identifier: MIT */
#include "trainer.h"

const char *tr_status_text(tr_status status) {
    switch (status) {
    case TR_OK:
        return "done";
    case TR_NO_MEMORY:
        return "there is not enough memory";
    case TR_NO_THREADS:
        return "the threads could not be started";
    case TR_NO_DATA:
        return "no user has a liked item in the training data";
    case TR_DIVERGED:
        return "the loss is not finite, twice what it was at first, or no better than popularity; a smaller learning rate may help";
    case TR_STOPPED:
        return "training was stopped";
    case TR_CORE:
        return "the core refused what the trainer built, which is a defect of the trainer";
    case TR_STATE:
        return "what was restored is not a state of this training";
    case TR_SINK:
        return "the model could not be written";
    }
    return "unknown status";
}
