return {
  title = "Guards",
  text = [[
A guard, made by the `guard` of a lock, semaphore or condition, gives back what it stands for when its scope is left,
in whatever way, or when nobody has it any more. It says nothing when that was given back by hand, or its manager was
closed. It has neither methods nor fields, and cannot be sent.
]],
  class = {
    id = "guard", var = "guard",
    operators = {{"__close", "local _ <close> = lock:guard()", nil, "gives back what it stands for"}},
  },
  after = [[
```lua
local mp = require "mp"
local lock = mp.Lock()
do
  local _ <close> = lock:guard()
  print(lock:locked())
end
print(lock:locked())
```
```text
true
false
```
]],
}
