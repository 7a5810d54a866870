return {
  title = "Sending what Lua cannot copy",
  text = [[
Anything that is put, sent, stored or returned travels as a copy: nil, booleans, integers, floats, strings with any
bytes, tables with what is in them (shared ones and cycles kept), Lua functions with their upvalues (those that
functions of one message share stay shared). Objects of this library go by reference. Tables and C functions of loaded
modules, `_G` and the standard files go by name: the receiver requires what it has not loaded, with the sender's
`package.path`. A global that a sent function names and the receiver lacks travels with it, as an upvalue does.

`__mp_pack(object)` and `__mp_unpack(value)` are functions in the metatable of a C module's userdata: the first
returns what is sent instead of it, the second, which travels along, makes of that what the receiver gets.
]],
  functions = {
    {"mp.register", [[
Makes tables that have a metatable keep it on their way: the receiver uses the one that it has under this name, or one
that travels along. Without that a table with a metatable cannot be sent.]],
      params = {
        {"name", "string", "as what it is known"},
        {"metatable", "table", "the metatable"},
      },
      returns = {{"table", text = "the metatable"}},
      errors = {{"bad argument #2 to 'register' (table expected, got nil)", "that is no metatable",
        try = [[mp.register("x", nil)]]}}},
  },
  after = [[
```lua
local mp = require "mp"
local Point = mp.register("example.Point", {})
Point.__index = Point
function Point:norm() return math.sqrt(self.x * self.x + self.y * self.y) end
local q = mp.Queue()
mp.spawn(function() q:put(setmetatable({x = 3, y = 4}, Point)) end)
print(q:get():norm())
```
```text
5.0
```
]],
}
