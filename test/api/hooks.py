"""Leaves out what the description cannot say of a text: it is trimmed before it is checked."""

import schemathesis


def is_padded(value):
    if isinstance(value, dict):
        return any(is_padded(item) for item in value.values())
    return isinstance(value, str) and value != value.strip()


@schemathesis.hook
def filter_body(context, body):
    return not is_padded(body)


@schemathesis.hook
def filter_query(context, query):
    return not is_padded(query)
