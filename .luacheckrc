std = "lua54"
max_line_length = 120
files["spec/**/*_spec.lua"] = {std = "+busted"}
files["lua/meta"] = {ignore = {"21.", "24.", "631"}}   -- functions without bodies, and comments of any length
local api = loadfile "lua/meta/luacheck.lua"   -- found from the root of the tree only
stds.mplua = {read_globals = api and api() or {}}   -- of scripts that run with `mplua -l mp`
files["spec/instructions/recorded.lua"] = {max_line_length = false}   -- written, with what the compiler says of itself
files[".busted"] = {std = "lua54"}
