-- A reader for pandoc: a JSON list of texts (Markdown or HTML) → a JSON list of the formulas in them (TeX),
-- of which none is set.

local markdown = "commonmark+tex_math_dollars+pipe_tables+smart+strikeout"

function Reader(sources)
  local found = {}
  local function add(element)
    found[#found + 1] = element.text
  end
  for _, text in ipairs(pandoc.json.decode(tostring(sources), false)) do
    pandoc.read(text .. "\n", markdown, nil, {}).blocks:walk({ Math = add })
    if text:lower():match("<math") then
      pandoc.read(text, "html", nil, {}).blocks:walk({ Math = add })
    end
  end
  return pandoc.Pandoc({ pandoc.RawBlock("html", #found > 0 and pandoc.json.encode(found) or "[]") })
end
