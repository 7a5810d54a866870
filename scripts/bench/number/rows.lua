-- Values, arrays and buffers.
local function row(name, title, args, limit, target, python_is)
  return {name = name, title = title, args = args, limit = {"calls.lua", limit}, target = target, python_is = python_is,
          limit_is = limit == "method" and "a method in C that does nothing" or "a key that C looks up or sets"}
end

local function bulk(name, title, what, elements, python_is)
  return {name = name, title = title, args = {what, elements}, python_is = python_is,
          limit = {"copy", elements}, limit_is = "memcpy"}
end

return {
  title = "Values, arrays, buffers",
  rows = {
    row("value_get", "v:get()", {"get"}, "method", {python = 6}, "v.value"),
    row("value_field", "v.value", {"field"}, "get"),
    row("value_set", "v.value = x", {"set"}, "set"),
    row("value_add", "v:add(1)", {"add"}, "method", {python = 10}, "v.value += 1 under v.get_lock()"),
    row("value_locked", "v.value = v.value + 1 under v:get_lock()", {"locked"}, "methods"),
    row("array_get", "a[i]", {"array_get"}, "get"),
    row("array_set", "a[i] = x", {"array_set"}, "set"),
    bulk("array_read", "a:totable(), 1,000 integers", "array_read", 8 * 1000, "a[:]"),
    bulk("array_write", "a:set(list), 1,000 integers", "array_write", 8 * 1000, "a[:] = list"),
    bulk("buffer_read", "b:read(), 64 KiB", "buffer_read", 65536, "SharedMemory, bytes(m.buf)"),
    bulk("buffer_write", "b:write(1, s), 64 KiB", "buffer_write", 65536, "SharedMemory, m.buf[:] = s"),
  },
}
