"""The fields of a chat become arguments of the OpenAI SDK: unknown ones break it, some steer it."""
