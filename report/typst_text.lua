-- Text as Typst needs it, and pandoc does not write it. Read with dofile by reader.lua and any_notebook.lua.

local M = {}

-- A text in which a line may end inside words of more than `longest` letters: after every tenth of them
-- stands a space of no width.
function M.breakable(text, longest)
  if #text <= longest then
    return text
  end
  return (text:gsub("%S+", function(word)
    local length = utf8.len(word)
    if not length or length <= longest then
      return word
    end
    local out, n = {}, 0
    for _, point in utf8.codes(word) do
      n = n + 1
      out[#out + 1] = utf8.char(point)
      if n % 10 == 0 then
        out[#out + 1] = "\u{200b}"
      end
    end
    return table.concat(out)
  end))
end

local function raw(text)
  return pandoc.RawInline("typst", text)
end

-- A word in which marks that Typst would read are escaped: those that begin a heading or an item, if it is
-- the first of its line, and -?, a place where a word may be divided.
local function insert_escaped(out, text, is_first)
  text = text:gsub("\u{2028}", " "):gsub("\u{2029}", " "):gsub("\u{85}", " ")
  if is_first then
    text = text:gsub("^ +", "")
    local marked = text .. " " -- a mark is one before a space
    local digits = marked:match("^(%d+)%. ")
    if digits then
      out:insert(pandoc.Str(digits))
      text = text:sub(#digits + 1)
    end
    if digits or marked:match("^=+ ") or marked:match("^[+/-] ") then
      out:insert(raw("\\" .. text:sub(1, 1)))
      text = text:sub(2)
    end
  end
  local start, place = 1, text:find("-?", 1, true)
  while place do
    out:insert(pandoc.Str(text:sub(start, place)))
    out:insert(raw("\\?"))
    start = place + 2
    place = text:find("-?", start, true)
  end
  if start <= #text then
    out:insert(pandoc.Str(text:sub(start)))
  end
end

-- Inlines whose texts are escaped where pandoc does not see that a line of Typst begins: in cells, items,
-- links and headings.
function M.escaped(inlines)
  local out, before = pandoc.Inlines({}), nil
  for _, element in ipairs(inlines) do
    if element.t == "Str" then
      insert_escaped(out, element.text, not before or before == "RawInline" or before:match("Break$") ~= nil)
    else
      out:insert(element)
    end
    before = element.t
  end
  return out
end

return M
