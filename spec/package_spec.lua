-- time limit: 120 s
-- What is installed works without the sources, and can be taken away again.
local helper = require "spec.helper"

local build <const> = helper.mplua:match "^(.*)/"

-- The output and the status of a shell's command line in the directory of this spec.
local function shell(line, ...)
  local out <const> = helper.path "out"
  local _, _, code = os.execute(("cd '%s' && { %s; } >'%s' 2>&1"):format(helper.path ".", line:format(...), out))
  return helper.read(out), code
end

local function ok(line, ...)
  local out, code = shell(line, ...)
  assert(code == 0, out)
  return out
end

-- Runs what is in the tree below `usr` where nothing else of mplua is to be found.
local function try(usr)
  local run <const> = ("env -i PATH=%s/bin:/usr/bin:/bin "):format(usr)
  for _, script in ipairs {"01_process", "05_pool", "08_queue", "11_manager", "18_files"} do
    ok("%s mplua %s/share/doc/mplua/examples/%s.lua", run, usr, script)
  end
  ok("cd %s/share/doc/mplua && test -f scripts/lab/README.md && test -f doc/guide.md", usr)   -- what README.md links to
  assert.matches("\n%d+ words, [^\n]* 0 were counted differently",
                 ok("%s mplua %s/share/doc/mplua/examples/lab/word_count.lua", run, usr))
  assert.equal("1.0\n", ok("printf '#!/usr/bin/env mplua\nprint(1.0)\n' >hello && chmod +x hello && %s ./hello", run))

end

describe("mplua", function()
  it("is installed below a prefix, works from there, and leaves nothing when it is taken away", function()
    local usr <const> = helper.path "usr"
    ok("cmake --install %s --prefix %s", build, usr)
    try(usr)
    ok("man -l %s/share/man/man1/mplua.1 2>/dev/null || cat %s/share/man/man1/mplua.1", usr, usr)
    ok("cmake --build %s --target uninstall", build)
    assert.equal("", ok("find %s ! -type d", usr))
    assert.equal("", ok("find %s -name '*mplua*'", usr))   -- nor a directory of its own
  end)

  it("is packed as Debian wants it, and works where only the package is", function()
    if not os.execute("command -v lintian >/dev/null && command -v dpkg-shlibdeps >/dev/null") then
      return pending("no tools of Debian here")
    end
    ok("cpack --config %s/CPackConfig.cmake -B packed", build)
    assert.equal("", ok("lintian --allow-root --fail-on error,warning,info packed/mplua_*.deb"))
    ok("dpkg-deb -x packed/mplua_*.deb root")
    try(helper.path "root/usr")
    assert.matches("Depends: [^\n]*libc6[^\n]*\n", ok("dpkg-deb -I packed/mplua_*.deb control"))
  end)
end)
