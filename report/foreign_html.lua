-- HTML that a notebook brings, without its attributes: pandoc would hand on those that run code or cover
-- the page, and write those that begin with "typst:" as Typst code. Spans and alignment of a table's cells
-- are no attributes for pandoc. Read with dofile by reader.lua and by that of the page.

local shown_words = dofile(PANDOC_SCRIPT_FILE:gsub("[^/\\]*$", "") .. "shown_words.lua")

local function bare(element)
  element.attr = pandoc.Attr()
  return element
end

local function bare_rows(rows)
  return rows:map(function(row)
    row.cells = row.cells:map(bare)
    return bare(row)
  end)
end

local function bare_table(element)
  local head, foot = element.head, element.foot
  head.rows, foot.rows = bare_rows(head.rows), bare_rows(foot.rows)
  element.head, element.foot = bare(head), bare(foot)
  element.bodies = element.bodies:map(function(body)
    body.head, body.body, body.attr = bare_rows(body.head), bare_rows(body.body), pandoc.Attr()
    return body
  end)
  return bare(element)
end

-- A heading of an output is no section of the document.
local function heading(element)
  return pandoc.Para({ pandoc.Strong(element.content) })
end

-- The document's figures have numbers.
local function flat_figure(element)
  local out = pandoc.Blocks(element.content)
  out:extend(element.caption.long)
  return out
end

-- As paragraphs, since Typst has no definition with two terms.
local function definitions(element)
  local out = pandoc.Blocks({})
  for _, item in ipairs(element.content) do
    out:insert(pandoc.Para({ pandoc.Strong(item[1]) }))
    for _, blocks in ipairs(item[2]) do
      out:insert(pandoc.BlockQuote(blocks))
    end
  end
  return out
end

local walker = {
  Span = bare, Div = bare, CodeBlock = bare, Header = heading, Link = bare, Image = bare,
  Figure = flat_figure, Table = bare_table,
}

-- Blocks of an HTML text; none, if pandoc's reader ends with an error, as for some elements in others.
local function parsed(text, extensions)
  local ok, document = pcall(pandoc.read, text, "html" .. (extensions or ""), nil, {})
  return ok and document.blocks or pandoc.Blocks({})
end

-- Blocks of an HTML output (text, words and formulas), and those of its words that they lack.
local function blocks(given)
  local read = parsed(given.text)
  local lost = shown_words.lost(shown_words.text_of(read), given.words)
  return read:walk(walker):walk({
    Code = function(element)
      local formula = element.classes:includes("w2v-formula") and given.formulas[tonumber(element.text) + 1]
      return formula and pandoc.Math(formula.display and "DisplayMath" or "InlineMath", formula.tex) or bare(element)
    end,
  }), lost
end

-- Whether raw HTML is whole comments alone. What follows one on its line is in the same raw block.
local function is_comment(text)
  local at = text:find("%S")
  while at do
    if text:sub(at, at + 3) ~= "<!--" then
      return false
    end
    local _, last = text:find("^%-?>", at + 4) -- "<!-->" and "<!--->" are whole
    if not last then
      _, last = text:find("-->", at + 4, true)
    end
    if not last then
      return false
    end
    at = text:find("%S", last + 1)
  end
  return true
end

return { blocks = blocks, parsed = parsed, definitions = definitions, flat_figure = flat_figure, is_comment = is_comment }
