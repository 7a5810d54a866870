-- What holds for all of it.
return {
  title = "How to read it",
  text = [[
- **Signatures**: in `[brackets]` is what may be left out, with `= what it is then`. Behind a parameter stands its type.
  `seconds` are a number, whole or not; `list` is a plain table, a shared table or an array; `any` is
  [what can be sent](#sending-what-lua-cannot-copy); the names of classes are those that `mp.type` gives.
- **Constructors** take what they need in the order given, or one table of named fields; each but `mp.Table` takes a
  table, and `name` is among its fields: `mp.Queue(10, "jobs")` is `mp.Queue {maxsize = 10, name = "jobs"}`.
- **Fields** such as `q.maxsize` are read without a call. They cannot be set, but for `value.value`, `array[i]`,
  `log.level` and the keys of a table. Every object but a table has `name`: what it was given, or its kind and a number,
  `queue-3`. Names that begin with `__` read as nil.
- **Times**: `timeout` always comes last. Left out, nil or `math.huge` it waits for ever, 0 or less tries once. When the
  time is over, the result is `nil, "timeout"`, or `false, "timeout"` where it would be `true`. Signals do not make it
  longer. What passes its arguments on, such as `with` and `apply`, and iterations have none.
- **Waiting** keeps the whole process or thread waiting, also inside a coroutine. Every call that waits can be
  interrupted (Ctrl-C, `p:interrupt()`): then it raises `interrupted`.
- **Mistakes raise**: a wrong type, a closed object, a lock that is not held. The message begins with the place of the
  call and names the object. A string is never taken for a number. What the world answers is returned: nil or false, and
  one word for the reason.
- **Values** that are put, sent, stored or returned are copied: nil, booleans, numbers, strings, tables with whatever is
  in them, functions with their upvalues. Objects of this library go by reference: to the same object everywhere, and
  references to one object are equal. What cannot go raises, and says where in the value it is.
- **Objects** work from every process and thread of the family, whoever made them, also after their maker's end. Only a
  pool and its futures belong to the process or thread that made the pool, and a lease, a guard and a session to who has
  it. An object lives as long as somebody can reach it.
- **Functions** that are called back: that of `with` may yield to its coroutine, others may not.
- **Since**: [the index](#index) has all names, and the version since which each is there.
]],
  errors = {
    {"mp has no 'Queu' (did you mean 'Queue'?)", "a name that there is not", try = [[return mp.Queu]]},
    {"a queue has no 'putt' (did you mean 'put'?)", "nor is it a method or field", try = [[mp.Queue():putt(1)]]},
    {"cannot set 'size' of a queue", "a field is set", try = [[mp.Queue().size = 1]]},
    {"mp.Queue has no 'maxsiz' (did you mean 'maxsize'?)", "a named field that there is not",
      try = [[mp.Queue {maxsiz = 1}]]},
    {"bad argument #2 to 'Queue' (string as a name expected, got number)", "a name that is none",
      try = [[mp.Queue(1, 2)]]},
    {"mp.Queue is called with a dot, not with a colon", "a colon, as if the function were a method",
      try = [[mp:Queue()]]},
    {"bad argument #1 to 'put' (queue expected, got number; with a colon: queue:put(...))", "a dot where a method is "
      .. "called", try = [[mp.Queue().put(1)]]},
    {"bad argument #1 to 'get' (number of seconds expected, got string)", "a time that is none",
      try = [[mp.Queue():get("1")]]},
    {"bad argument #1 to 'get' (a timeout that is not a number)", "NaN as a time", try = [[mp.Queue():get(0/0)]]},
    {"bad argument #1 to 'put' (value expected)", "nothing where a value must be; nil is one",
      try = [[mp.Queue():put()]]},
    {"cannot send value.handlers[2]: a coroutine", "something that cannot travel; also `a file`, "
      .. "`a userdata 'guard' without __mp_pack` and so for leases and sessions, `a C function that no loaded "
        .. "module has`, "
      .. "`a table with an unregistered metatable (see mp.register)`",
      try = [[mp.Queue():put {handlers = {print, coroutine.create(print)}}]]},
    {"queue 'jobs' is closed with its manager 'scope'", "an object whose [manager](#managers) was closed",
      try = [[local m = mp.Manager {name = "scope"}; local q = m.Queue {name = "jobs"}; m:close(); q:get()]]},
    {"arena is full: ... MiB of ... MiB; raise MPLUA_ARENA", "there is no room in the shared memory; nothing is lost",
      arena = "2M", try = [[mp.Buffer(1 << 30)]]},
    {"interrupted", "somebody interrupted the call that waits",
      try = [[
        local q, ready = mp.Queue(), mp.Event()
        local p = mp.spawn(function()
          return select(2, pcall(function()
            ready:set()
            q:get()
          end))
        end)
        ready:wait()
        p:interrupt()
        error(p:result(), 0)
      ]]},
  },
}
