/* SPDX-License-Identifier: MIT */
#include "format/uuid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Of Python: uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_DNS, "twotower"), name). */
static void names_have_pythons_ids(void **state) {
    char text[UUID_TEXT], many[201];
    (void)state;
    uuid_of_name(text, "abc00123");
    assert_string_equal(text, "cab13ec7-4adc-5df7-8aad-c9d81cf28b27");
    uuid_of_name(text, "performer:1044864");
    assert_string_equal(text, "ca532671-21b3-5ed0-af3c-ea4979683ac3");
    uuid_of_name(text, "");
    assert_string_equal(text, "d7fad579-07ff-56d3-995f-0164688a474d");
    memset(many, 'x', 200);
    many[200] = '\0';
    uuid_of_name(text, many);
    assert_string_equal(text, "f63e0882-7e02-5421-965a-996c0d2375d5");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_have_pythons_ids)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
