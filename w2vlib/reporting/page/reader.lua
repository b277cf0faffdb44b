-- A reader for pandoc: the cells of a notebook as JSON → a document for pandoc's HTML writer, with
-- numbered sections, equations, figures and tables, links between them, and MathML.
--
-- The content of a notebook is only text here: raw HTML in its Markdown is shown as code, and links lead
-- to places of this document or to web pages.

local markdown_text = dofile(PANDOC_SCRIPT_FILE:gsub("[^/\\]*$", "") .. "markdown_text.lua")
local foreign_html = dofile(PANDOC_SCRIPT_FILE:gsub("[^/\\]*$", "") .. "foreign_html.lua")
local slow = {} -- formula for which pandoc would need minutes → why
local labels = {} -- name of a place in the document → the text of links to it
local sections = { 0, 0, 0, 0, 0, 0 }

-- A displayed formula with its number; the writer makes MathML of every formula.
local function equation(element)
  local reason = slow[element.text]
  if reason then
    return pandoc.Span({ pandoc.Code(element.text), pandoc.Str(" [formula printed as TeX: " .. reason .. "]") })
  end
  if element.mathtype == "InlineMath" then
    return nil
  end
  local tex = element.text
  local tag = tex:match("\\tag(%b{})")
  local number = tag and tag:sub(2, -2)
  local body = tex:gsub("%s*\\tag%b{}", "")
  local boxed = body:match("^%s*\\boxed(%b{})%s*$")
  local formula = pandoc.Math("DisplayMath", boxed and boxed:sub(2, -2) or body)
  return pandoc.Span({
    pandoc.Span({ formula }, { class = "formula" }),
    number and pandoc.Span({ "(" .. number .. ")" }, { class = "number" }) or pandoc.Span({}),
  }, pandoc.Attr(number and "eq-" .. number or "", { "equation", boxed and "boxed" or "plain", "scroll" }))
end

local function link(element)
  local target = element.target
  local key = target:match("^#ref%-(.+)$")
  local notebook = target:match("^([%w_-]+)%.ipynb$")
  if key or target:match("^https?://") or target:match("^mailto:") then
    return element
  end
  local name = notebook and "sec-" .. notebook or target:match("^#(.+)$")
  if name and labels[name] then
    local own = name:match("^eq%-") and element.content or pandoc.Inlines({ labels[name] })
    return pandoc.Link(own, "#" .. name)
  end
  local shown = element.content:clone() -- what it leads to is not in this page, so it is named
  shown:extend({ pandoc.Space(), pandoc.Str("("), pandoc.Code(target), pandoc.Str(")") })
  return pandoc.Span(shown)
end

-- “(1.2)” becomes a link where an equation has that number.
local function references(inlines)
  local out = pandoc.Inlines({})
  for _, element in ipairs(inlines) do
    local head, number, tail
    if element.t == "Str" then
      head, number, tail = element.text:match("^(.-)%((%d+%.%d+)%)(.*)$")
    end
    if number and labels["eq-" .. number] then
      out:extend({
        pandoc.Str(head), pandoc.Link("(" .. number .. ")", "#eq-" .. number), pandoc.Str(tail),
      })
    else
      out:insert(element)
    end
  end
  return out
end

-- Pictures in Markdown are named and not loaded: this page makes no request.
local function image(element)
  return pandoc.Span({
    pandoc.Str("[picture not shown: "), pandoc.Span(element.caption), pandoc.Space(),
    pandoc.Code(element.src), pandoc.Str("]"),
  })
end

local function raw_inline(element)
  return foreign_html.is_comment(element.text) and {} or pandoc.Code(element.text)
end

local function raw_block(element)
  return foreign_html.is_comment(element.text) and {} or pandoc.CodeBlock(element.text)
end

local in_appendix = false -- where sections have letters

-- A, B, …, Z, AA, AB, … as Typst numbers the appendix.
local function letters(number)
  local out = ""
  while number > 0 do
    out = string.char(65 + (number - 1) % 26) .. out
    number = (number - 1) // 26
  end
  return out
end

local function header(element)
  local level = math.min(element.level, 6)
  sections[level] = sections[level] + 1
  for deeper = level + 1, 6 do
    sections[deeper] = 0
  end
  local parts = {}
  for upper = 1, level do
    parts[upper] = sections[upper]
  end
  if in_appendix and sections[1] > 0 then
    parts[1] = letters(sections[1])
  end
  local number = table.concat(parts, ".")
  element.content:insert(1, pandoc.Span({ number .. " " }, { class = "secno" }))
  element.identifier = "sec-" .. number:gsub("%.", "-")
  return element
end

-- A wide table scrolls in a box of its own; the browser decides on the widths of its columns.
local function boxed_table(element)
  for i, spec in ipairs(element.colspecs) do
    element.colspecs[i] = { spec[1] }
  end
  return pandoc.Div({ element }, { class = "scroll table" })
end

-- One walk does all, since each takes as long as reading the text.
local walker = {
  Inlines = references, Link = link, Image = image, Math = equation, RawInline = raw_inline,
  RawBlock = raw_block, Header = header, Table = boxed_table,
}

local function prose(source)
  local document = markdown_text.parsed(source)
  local beyond = markdown_text.words_beyond(source, document)
  if #beyond > 0 then
    document.blocks:insert(pandoc.Para({
      pandoc.Str("[in cells beyond the head of a table: " .. table.concat(beyond, " ") .. "]"),
    }))
  end
  return document.blocks:walk(walker)
end

local function caption(block, kind)
  local name = kind .. "-" .. block.label
  local content = pandoc.Inlines({
    pandoc.Strong({ pandoc.Str((labels[name] or "") .. ".") }), pandoc.Space(),
  })
  content:extend(pandoc.utils.blocks_to_inlines(prose(block.caption)))
  return pandoc.Blocks({ pandoc.Plain(content) }), name
end

local function captioned_table(block)
  local text, name = caption(block, "tbl")
  return pandoc.Blocks({ pandoc.Figure(prose(block.text), { long = text }, pandoc.Attr(name, { "captioned" })) })
end

local function figure(block)
  local picture = pandoc.Image({ block.alt }, block.source)
  if not block.label then
    return pandoc.Blocks({ pandoc.Para({ picture }) })
  end
  local text, name = caption(block, "fig")
  return pandoc.Blocks({ pandoc.Figure({ pandoc.Plain({ picture }) }, { long = text }, pandoc.Attr(name)) })
end

local function html_output(block)
  local blocks, lost = foreign_html.blocks(block)
  if #lost > 0 then -- they are shown once more, all of them
    blocks:insert(pandoc.CodeBlock(table.concat(block.words, " "), { class = "text" }))
  end
  return blocks:walk(walker)
end

local function listing(block)
  return pandoc.Blocks({ pandoc.CodeBlock(block.text, { class = block.language }) })
end

-- Code of a cell, folded.
local function code(block)
  return pandoc.Blocks({
    pandoc.RawBlock("html", "<details class=\"code\"><summary>Code</summary>"),
    pandoc.CodeBlock(block.text, { class = block.language }),
    pandoc.RawBlock("html", "</details>"),
  })
end

local kinds = {
  markdown = function(block) return prose(block.text) end,
  code = code, listing = listing, figure = figure, table = captioned_table, html = html_output,
}

-- Number what can be referred to, before the text is read.
local function collect(cells)
  local figures, tables, chapters = 0, 0, sections[1]
  for _, given in ipairs(cells) do
    local named = not given.first
    for _, block in ipairs(given.blocks) do
      if block.kind == "figure" and block.label then
        figures = figures + 1
        labels["fig-" .. block.label] = "Figure " .. figures
      elseif block.kind == "table" then
        tables = tables + 1
        labels["tbl-" .. block.label] = "Table " .. tables
      elseif block.kind == "markdown" then
        markdown_text.parsed(block.text).blocks:walk({
          Math = function(element)
            local tag = element.text:match("\\tag{(.-)}")
            if tag then
              labels["eq-" .. tag] = "(" .. tag .. ")"
            end
          end,
          Header = function(element)
            if element.level == 1 then
              chapters = chapters + 1
              if not named then
                labels["sec-" .. given.notebook] = "Section " .. chapters
                named = true
              end
            end
          end,
        })
      end
    end
  end
end

local function cell(given)
  local blocks, named = pandoc.Blocks({}), not given.first
  if given.notebook == "appendix" and given.first then
    in_appendix, sections[1] = true, 0
  end
  for _, block in ipairs(given.blocks) do
    blocks:extend(kinds[block.kind](block))
  end
  for _, block in ipairs(blocks) do
    if block.t == "Header" and block.level == 1 and not named then
      block.identifier, named = "sec-" .. given.notebook, true
    end
  end
  return blocks
end

-- The references with the given keys alone: the list takes as long as half of the text, and is made beside it.
local function references_to(keys)
  local meta = { nocite = pandoc.MetaInlines({}) }
  for _, key in ipairs(keys) do
    meta.nocite:insert(pandoc.Cite({ pandoc.Str("@" .. key) }, { pandoc.Citation(key, "AuthorInText") }))
  end
  return pandoc.Pandoc({ pandoc.Div({}, pandoc.Attr("refs")) }, meta)
end

function Reader(sources)
  local given = pandoc.json.decode(tostring(sources), false)
  if given.cited then
    return references_to(given.cited)
  end
  slow = given.slow
  sections[1] = math.tointeger(given.first_section) - 1
  collect(given.cells)
  local document = pandoc.Blocks({})
  for _, each in ipairs(given.cells) do
    document:extend(cell(each))
  end
  local meta = {}
  for name, texts in pairs({ abstract = given.abstract, summary = given.summary }) do
    local blocks = pandoc.Blocks({})
    for _, text in ipairs(texts) do
      blocks:insert(pandoc.Div(prose(text)))
    end
    meta[name] = #blocks > 0 and pandoc.MetaBlocks(blocks) or nil
  end
  if given.has_references then
    document:insert(pandoc.Header(1, "References", pandoc.Attr("references")))
  end
  return pandoc.Pandoc(document, meta)
end
