-- A reader for pandoc: a JSON list of formulas (TeX) → a JSON list of the same formulas for Typst, with
-- false where pandoc cannot convert one.

local function typst_math(tex)
  local document = pandoc.Pandoc({ pandoc.Plain({ pandoc.Math("InlineMath", tex) }) })
  local out = pandoc.write(document, "typst"):gsub("%s+$", "")
  local body = out:match("^%$(.*)%$$")
  if not body then
    return false
  end
  -- Typst's new names: ⊗ is times.o and ∩ is inter.
  return (body:gsub("%f[%a](%a+)%.circle", "%1.o"):gsub("%f[%a]sect%f[%A]", "inter"))
end

function Reader(sources)
  local out = {}
  for n, tex in ipairs(pandoc.json.decode(tostring(sources), false)) do
    local ok, body = pcall(typst_math, tex)
    out[n] = ok and body
  end
  return pandoc.Pandoc({ pandoc.RawBlock("typst", pandoc.json.encode(out)) })
end
