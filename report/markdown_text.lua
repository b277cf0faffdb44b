-- Markdown of a notebook in the layout of a report and in the page: CommonMark, as in Jupyter, with the
-- extensions that the notebooks need. It has no raw blocks of Typst, no attributes and no divs.
-- Read with dofile by both readers.

local shown_words = dofile(PANDOC_SCRIPT_FILE:gsub("[^/\\]*$", "") .. "shown_words.lua")
local without_tables = "commonmark+tex_math_dollars+smart+strikeout"

-- A document. Without a line end pandoc loses the last row of a table.
local function parsed(source)
  return pandoc.read(source .. "\n", without_tables .. "+pipe_tables", nil, {})
end

-- Text without what marks the cells of a table, and what is written in another way inside of one.
local function bare(text)
  for _, mark in ipairs({ "[|\\\"']", "“", "”", "‘", "’", "—", "–", "\u{a0}" }) do
    text = text:gsub(mark, " ")
  end
  return text
end

local function of_image(element)
  return { pandoc.Space(), pandoc.Span(element.caption), pandoc.Space(), pandoc.Str(element.src), pandoc.Space() }
end

-- Words of the cells beyond the head of a table, which CommonMark's tables leave out.
local function words_beyond(source, document)
  local has_table = false
  document.blocks:walk({ Table = function() has_table = true end })
  if not has_table then
    return {}
  end
  local words, plain = {}, pandoc.read(source .. "\n", without_tables, nil, {}).blocks
  for word in bare(shown_words.text_of(plain, of_image)):gmatch("%S+") do
    if not word:match("^%p+$") then -- as in the line below the head
      words[#words + 1] = word
    end
  end
  return shown_words.lost(bare(shown_words.text_of(document.blocks, of_image)), words)
end

return { parsed = parsed, words_beyond = words_beyond }
