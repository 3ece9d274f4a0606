/* SPDX-License-Identifier: MIT */
#include "twotower.h"

const char *tt_version(void) {
    return TT_VERSION_STRING;
}

const char *tt_status_text(tt_status status) {
    switch (status) {
    case TT_OK:
        return "no error";
    case TT_ERR_TRUNCATED:
        return "the bytes end inside a field";
    case TT_ERR_WIRE:
        return "the bytes are not protobuf";
    case TT_ERR_LIMIT:
        return "more nodes, values, layers or fields than the core takes";
    case TT_ERR_MISSING:
        return "a required part is absent";
    case TT_ERR_DUPLICATE:
        return "a name is given twice";
    case TT_ERR_TYPE:
        return "an element or attribute type that cannot be used";
    case TT_ERR_SHAPE:
        return "ranks or sizes do not fit together";
    case TT_ERR_OPERATOR:
        return "an operator, attribute or opset outside the supported ones";
    case TT_ERR_GRAPH:
        return "the operators do not form a tower";
    case TT_ERR_EXTERNAL:
        return "external data, subgraphs, functions and sparse tensors are not supported";
    case TT_ERR_SCHEMA:
        return "the feature schema or its key lists are malformed";
    case TT_ERR_NONFINITE:
        return "a weight, an activation or a norm is not finite, or a norm is 0";
    case TT_ERR_TOWER:
        return "the model does not have that tower";
    case TT_ERR_FEATURES:
        return "the features do not fit the tower";
    case TT_ERR_SPACE:
        return "the memory given is too small";
    case TT_ERR_SINK:
        return "the output could not be written";
    case TT_ERR_BITS:
        return "this build or machine does not give the promised bits";
    case TT_ERR_VERSION:
        return "the feature schema has another version than this build reads";
    case TT_ERR_ROLE:
        return "it is not clear which output is the embedding of which tower";
    case TT_ERR_FIELD:
        return "the row has a field or a number that the model does not take";
    }
    return "an unknown status";
}
