/* SPDX-License-Identifier: MIT */
/* Step 1: TensorProto and ValueInfoProto. */
#include "onnx/onnx.h"

static tt_status tensor_dim(tt_value *value, uint64_t dim) {
    if (value->rank == TT_MAX_RANK || dim == 0 || dim > TT_WIRE_LIMIT) { /* negative is huge */
        return TT_ERR_SHAPE;
    }
    value->dim[value->rank++] = (uint32_t)dim;
    return TT_OK;
}

/* `dims`, one by one or packed. */
static tt_status tensor_dims(tt_value *value, const tt_wire *tensor, const tt_wire_field *field) {
    if (field->type == TT_WIRE_VARINT) {
        return tensor_dim(value, field->value);
    }
    if (field->type != TT_WIRE_BYTES) {
        return TT_ERR_WIRE;
    }
    tt_wire packed = tt_wire_open(tensor, field);
    while (packed.at < packed.end) {
        uint64_t dim = 0;
        tt_status status = tt_wire_varint(&packed, &dim);
        if (status == TT_OK) {
            status = tensor_dim(value, dim);
        }
        if (status != TT_OK) {
            return status;
        }
    }
    return TT_OK;
}

/* Decimal digits; 0 if they are none, or of more than any file. */
static int digits_value(const uint8_t *at, uint32_t len, uint32_t *value) {
    uint32_t number = 0;
    for (uint32_t i = 0; i < len; i++) {
        uint32_t digit = at[i] < '0' ? 10 : (uint32_t)at[i] - '0';
        if (digit > 9 || number > (TT_WIRE_LIMIT - digit) / 10) {
            return 0;
        }
        number = number * 10 + digit;
    }
    *value = number;
    return len > 0;
}

/* A StringStringEntryProto of external_data: location, offset or length; a checksum is passed over.
 */
static tt_status external_entry(const tt_onnx *onnx, tt_value *value, tt_wire wire) {
    tt_wire_field field;
    tt_span part[2] = {{0, 0}, {0, 0}};
    while (wire.at < wire.end) {
        tt_status status = tt_wire_next(&wire, &field);
        if (status != TT_OK) {
            return status;
        }
        if (field.type == TT_WIRE_BYTES && (field.number == 1 || field.number == 2)) {
            part[field.number - 1] = (tt_span){field.at, field.len};
        }
    }
    const uint8_t *text = onnx->bytes + part[1].at;
    if (onnx->as.location.len == 0) {
        return TT_ERR_EXTERNAL;
    }
    if (tt_span_is(onnx->bytes, part[0], "location")) {
        tt_text wanted = onnx->as.location;
        int known = wanted.len > 0 && wanted.len == part[1].len &&
                    memcmp(wanted.at, text, wanted.len) == 0 &&
                    (value->has_data == TT_DATA_NONE || value->has_data == TT_DATA_EXTERNAL);
        value->has_data = TT_DATA_EXTERNAL;
        return known ? TT_OK : TT_ERR_EXTERNAL;
    }
    if (tt_span_is(onnx->bytes, part[0], "offset")) {
        return digits_value(text, part[1].len, &value->first) ? TT_OK : TT_ERR_EXTERNAL;
    }
    if (tt_span_is(onnx->bytes, part[0], "length")) {
        return digits_value(text, part[1].len, &value->last) ? TT_OK : TT_ERR_EXTERNAL;
    }
    return tt_span_is(onnx->bytes, part[0], "checksum") ? TT_OK : TT_ERR_EXTERNAL;
}

/* External data stands behind the bytes of the model. */
static tt_status external_place(const tt_onnx *onnx, tt_value *value) {
    uint32_t most = (uint32_t)onnx->as.external;
    if (value->first > most || value->last > most - value->first) {
        return TT_ERR_TRUNCATED;
    }
    value->data.at = onnx->len + value->first;
    value->data.len = value->last != 0 ? value->last : most - value->first;
    value->has_data = TT_DATA_RAW;
    value->first = value->last = 0;
    return TT_OK;
}

static tt_status tensor_field(const tt_onnx *onnx, tt_value *value, tt_span *name, uint32_t *seen,
                              const tt_wire *tensor, const tt_wire_field *field) {
    tt_status status;
    switch (field->number) {
    case 1:
        return tensor_dims(value, tensor, field);
    case 2: /* data_type */
        value->type = field->value > UINT32_MAX ? UINT32_MAX : (uint32_t)field->value;
        return tt_field_once(seen, field, TT_WIRE_VARINT);
    case 4: /* float_data: packed, it is what raw_data is */
    case 7: /* int64_data */
    case 9: /* raw_data */
        if (field->type != TT_WIRE_BYTES) {
            return field->number == 9 ? TT_ERR_WIRE : TT_ERR_TYPE;
        }
        if (value->has_data != TT_DATA_NONE) {
            return TT_ERR_DUPLICATE;
        }
        value->data.at = field->at;
        value->data.len = field->len;
        value->has_data = field->number == 4   ? TT_DATA_FLOATS
                          : field->number == 7 ? TT_DATA_VARINTS
                                               : TT_DATA_RAW;
        return TT_OK;
    case 5: /* int32_data, string_data, double_data, uint64_data */
    case 6:
    case 10:
    case 11:
        return TT_ERR_TYPE;
    case 8:
        name->at = field->at;
        name->len = field->len;
        return tt_field_once(seen, field, TT_WIRE_BYTES);
    case 3: /* segment */
        return TT_ERR_EXTERNAL;
    case 13: /* external_data */
        return field->type == TT_WIRE_BYTES
                   ? external_entry(onnx, value, tt_wire_open(tensor, field))
                   : TT_ERR_WIRE;
    case 14: /* data_location: 0 is this file, 1 another one */
        status = tt_field_once(seen, field, TT_WIRE_VARINT);
        if (status == TT_OK && field->value == 1 && onnx->as.location.len > 0) {
            return value->has_data == TT_DATA_EXTERNAL ? TT_OK : TT_ERR_EXTERNAL;
        }
        return status == TT_OK && field->value != 0 ? TT_ERR_EXTERNAL : status;
    default:
        return TT_OK;
    }
}

/* The first fault stays. */
static void tensor_fault(tt_value *value, tt_status status, uint32_t offset) {
    if (value->fault == TT_OK) {
        value->fault = (uint8_t)status;
        value->fault_at = offset;
    }
}

tt_status tt_onnx_parse_tensor(tt_onnx *onnx, tt_wire wire, tt_value *value, tt_span *name) {
    tt_wire_field field;
    uint32_t seen = 0;
    while (wire.at < wire.end) {
        tt_status status = tt_wire_next(&wire, &field);
        if (status == TT_OK) {
            status = tensor_field(onnx, value, name, &seen, &wire, &field);
        }
        if (status == TT_ERR_TYPE || status == TT_ERR_EXTERNAL || status == TT_ERR_SHAPE) {
            tensor_fault(value, status, field.offset); /* nothing may read it */
        } else if (status != TT_OK) {
            return tt_onnx_fail(onnx, status, field.offset, TT_NO_NODE);
        }
    }
    if (value->has_data == TT_DATA_EXTERNAL) {
        tt_status status = external_place(onnx, value);
        if (status != TT_OK) {
            tensor_fault(value, status, value->offset);
        }
    }
    return TT_OK;
}

/* TensorShapeProto.Dimension: dim_value (0: as if unknown), or a name, or nothing. */
static tt_status shape_dim(tt_value *value, tt_wire wire) {
    tt_wire_field field;
    uint32_t seen = 0;
    if (value->rank == TT_MAX_RANK) {
        return TT_ERR_SHAPE;
    }
    while (wire.at < wire.end) {
        tt_status status = tt_wire_next(&wire, &field);
        if (status == TT_OK && field.number == 1) {
            status = tt_field_once(&seen, &field, TT_WIRE_VARINT);
            if (status == TT_OK && field.value > TT_WIRE_LIMIT) {
                status = TT_ERR_SHAPE;
            }
            value->dim[value->rank] = (uint32_t)field.value;
        }
        if (status != TT_OK) {
            return status;
        }
    }
    value->rank++;
    return TT_OK;
}

static tt_status info_shape(tt_value *value, tt_wire wire) {
    tt_wire_field field;
    while (wire.at < wire.end) {
        tt_status status = tt_wire_next(&wire, &field);
        if (status == TT_OK && field.number == 1) { /* dim */
            status = field.type == TT_WIRE_BYTES ? shape_dim(value, tt_wire_open(&wire, &field))
                                                 : TT_ERR_WIRE;
        }
        if (status != TT_OK) {
            return status;
        }
    }
    return TT_OK;
}

/* TypeProto.Tensor */
static tt_status info_tensor_type(tt_value *value, tt_wire wire) {
    tt_wire_field field;
    uint32_t seen = 0;
    while (wire.at < wire.end) {
        tt_status status = tt_wire_next(&wire, &field);
        if (status == TT_OK && field.number == 1) { /* elem_type */
            status = tt_field_once(&seen, &field, TT_WIRE_VARINT);
            value->type = field.value > UINT32_MAX ? UINT32_MAX : (uint32_t)field.value;
        } else if (status == TT_OK && field.number == 2) { /* shape */
            status = tt_field_once(&seen, &field, TT_WIRE_BYTES);
            if (status == TT_OK) {
                status = info_shape(value, tt_wire_open(&wire, &field));
            }
        }
        if (status != TT_OK) {
            return status;
        }
    }
    return TT_OK;
}

/* TypeProto: a tensor; no sequence, map, optional or sparse tensor. */
static tt_status info_type(tt_value *value, tt_wire wire) {
    tt_wire_field field;
    uint32_t seen = 0;
    while (wire.at < wire.end) {
        tt_status status = tt_wire_next(&wire, &field);
        if (status == TT_OK && field.number == 1) { /* tensor_type */
            status = tt_field_once(&seen, &field, TT_WIRE_BYTES);
            if (status == TT_OK) {
                status = info_tensor_type(value, tt_wire_open(&wire, &field));
            }
        } else if (status == TT_OK && field.number != 6) { /* denotation */
            status = TT_ERR_TYPE;
        }
        if (status != TT_OK) {
            return status;
        }
    }
    return TT_OK;
}

tt_status tt_onnx_parse_info(tt_onnx *onnx, tt_wire wire, tt_value *value, tt_span *name) {
    tt_wire_field field;
    uint32_t seen = 0;
    while (wire.at < wire.end) {
        tt_status status = tt_wire_next(&wire, &field);
        if (status == TT_OK && field.number == 1) { /* name */
            status = tt_field_once(&seen, &field, TT_WIRE_BYTES);
            name->at = field.at;
            name->len = field.len;
        } else if (status == TT_OK && field.number == 2) { /* type */
            status = tt_field_once(&seen, &field, TT_WIRE_BYTES);
            if (status == TT_OK) {
                status = info_type(value, tt_wire_open(&wire, &field));
            }
        }
        if (status != TT_OK) {
            return tt_onnx_fail(onnx, status, field.offset, TT_NO_NODE);
        }
    }
    return TT_OK;
}
