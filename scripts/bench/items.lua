-- What is sent: "int", "record", "text" (1 KiB), or a string of so many bytes.
return function(kind)
  if kind == "int" then return 123456 end
  if kind == "text" then kind = 1024 end
  if kind ~= "record" then return ("x"):rep(kind) end
  return {
    id = 4711, name = "Ada Lovelace", active = true, score = 98.5, created = 1700000000,
    email = "ada@example.org", tags = {"mathematics", "engines", "poetry"},
    address = {street = "St James's Square", number = 12, city = "London"},
    limits = {daily = 100, monthly = 2000}, note = "first programmer",
  }
end
