-- A reader for pandoc: a notebook that is not ours, as `any_notebook.py` prepares it (JSON with plain
-- HTML) → Typst for notebook.typ. Nothing stops it: what cannot be set is printed as text and noted.
--
-- Each cell begins with a line "//TOKEN cell NUMBER"; a line "//TOKEN note NUMBER REASON" names what is
-- not shown. Typst code is written by this file alone: every attribute of the HTML is taken away.

local token, number = "", "0"
local anchors, known, notes, seen = {}, {}, {}, {}
local level_before = 0
local slow = {} -- formula for which pandoc would need minutes → why

local typst_text = dofile(PANDOC_SCRIPT_FILE:gsub("[^/\\]*$", "") .. "typst_text.lua")
local breakable = typst_text.breakable
local foreign_html = dofile(PANDOC_SCRIPT_FILE:gsub("[^/\\]*$", "") .. "foreign_html.lua")
local shown_words = dofile(PANDOC_SCRIPT_FILE:gsub("[^/\\]*$", "") .. "shown_words.lua")

local function quoted(text)
  return '"' .. text:gsub("[%c]+", " "):gsub("\\", "\\\\"):gsub('"', '\\"') .. '"'
end

local function raw(text)
  return pandoc.RawInline("typst", text)
end

-- Typst code inside text; the semicolon ends it, so that the text after it is not read as code.
local function code(text)
  return raw(text .. ";")
end

local function note(reason)
  notes[#notes + 1] = "//" .. token .. " note " .. number .. " " .. reason:gsub("%s+", " ")
end

-- Names of places that links may point to: the first element with an identifier has it.

local function register(element)
  if element.identifier ~= "" and not anchors[element.identifier] then
    known[#known + 1] = element.identifier
    anchors[element.identifier] = "a-" .. #known
    anchors[element.identifier:lower()] = anchors[element.identifier:lower()] or "a-" .. #known
  end
end

-- The label of an element that is the first with its identifier, as Typst, else "".
local function label(element)
  local name = anchors[element.identifier]
  if element.identifier == "" or not name or seen[name] then
    return ""
  end
  seen[name] = true
  return "<" .. name .. ">"
end

local function anchor(element)
  local name = label(element)
  return name ~= "" and code("#[#metadata(none)" .. name .. "]")
end

local function decoded(text)
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

local function wrapped(before, content, after)
  local out = pandoc.Inlines({ raw(before) })
  out:extend(content)
  out:insert(raw(after))
  return out
end

local function link(element)
  local target = element.target
  if target:match("^#") then
    local name = decoded(target:sub(2))
    if anchors["cite:" .. name] then
      return code("#cite(<" .. name:sub(5) .. '>, form: "prose")')
    end
    if anchors["figure:" .. name] then
      return code("#ref(<" .. name .. ">)")
    end
    local place = anchors[name] or anchors[name:lower()]
    if place then
      return wrapped("#link(<" .. place .. ">)[", element.content, "];")
    end
    if name ~= "" then
      note("the link to #" .. name .. ", which leads nowhere")
    end
    return element.content
  end
  if target == "" or target:lower():match("^%s*javascript:") or #target > 2000 then
    return element.content
  end
  return wrapped("#link(" .. quoted(target) .. ")[", element.content, "];")
end

local function image(element)
  local width = (element.attributes.width or ""):match("^[%d.]+pt$")
  return code("#picture(" .. quoted(element.src) .. ", " .. quoted(pandoc.utils.stringify(element.caption))
    .. ", " .. (width or "auto") .. ")")
end

local function inline_code(element)
  if element.classes:includes("w2v-formula") then
    return code("#formula(" .. element.text:match("%d+") .. ")")
  end
  return pandoc.Code(breakable(element.text, 60))
end

-- MathML, which pandoc reads as TeX.
local function formula(element)
  local reason = slow[element.text]
  if reason then
    note("a formula, printed as TeX: " .. reason)
    return pandoc.Code(breakable(element.text, 60))
  end
end

-- Written by pandoc as calls, #emph[…]: text after them, as in *name*.csv, must not be read as code.
local calls = {
  Emph = true, Strong = true, Strikeout = true, Superscript = true, Subscript = true, Underline = true,
  SmallCaps = true, Link = true,
}

-- Code with a backtick is such a call too; other code is not, and a semicolon after it would be printed.
local function is_call(element)
  return calls[element.t] or element.t == "Code" and element.text:match("`")
end

local function ended_calls(inlines)
  local out = pandoc.Inlines({})
  for _, element in ipairs(typst_text.escaped(inlines)) do
    out:insert(element)
    if is_call(element) then
      out:insert(code(""))
    end
  end
  return out
end

local function span(element)
  local out = pandoc.Inlines(element.content)
  local place = anchor(element)
  if place then
    out:insert(1, place)
  end
  return out
end

local function header(element)
  local level = math.max(1, math.min(element.level, level_before + 1))
  level_before = level
  return pandoc.Plain(
    wrapped("#heading(level: " .. level .. ")[", element.content, "]" .. label(element)))
end

local function div(element)
  local out = pandoc.Blocks(element.content)
  local place = anchor(element)
  if place then
    out:insert(1, pandoc.Plain({ place }))
  end
  return out
end

local function code_block(element)
  local language = (element.classes[1] or ""):match("^[%w+-]+$")
  return pandoc.CodeBlock(breakable(element.text, 80), { class = language or "text" })
end

local table_blocks = dofile(PANDOC_SCRIPT_FILE:gsub("[^/\\]*$", "") .. "notebook_tables.lua")(raw, wrapped)

local walker = {
  Str = function(element) return pandoc.Str(breakable(element.text, 40)) end,
  Code = inline_code, Math = formula, Link = link, Image = image, Span = span, Inlines = ended_calls, Header = header,
  Div = div, CodeBlock = code_block, Table = table_blocks, DefinitionList = foreign_html.definitions,
  HorizontalRule = function() return pandoc.RawBlock("typst", "#rule()") end,
  Figure = foreign_html.flat_figure,
}

local function parsed(html)
  return foreign_html.parsed(html, "-native_divs+native_divs"):walk({
    RawInline = function() return {} end,
    RawBlock = function() return {} end,
  })
end

local function html(block)
  local blocks = block.parsed
  local lost = shown_words.lost(shown_words.text_of(blocks), block.words)
  blocks = blocks:walk(walker)
  if #lost > 0 then -- they are printed once more, all of them
    blocks:insert(pandoc.CodeBlock(breakable(table.concat(block.words, " "), 80), { class = "text" }))
  end
  return blocks
end

local function inlines_of(source)
  return pandoc.utils.blocks_to_inlines(parsed(source):walk(walker))
end

local function figure(block)
  local place = type(block.label) == "string" and ("<fig-" .. block.label .. ">") or ""
  local picture = "#figure(kind: image, supplement: [Figure], picture(" .. quoted(block.path) .. ", "
    .. quoted(block.alt) .. ", auto), caption: ["
  return pandoc.Blocks({ pandoc.Plain(wrapped(picture, inlines_of(block.caption), "])" .. place)) })
end

local function captioned_table(block)
  local out = pandoc.Blocks({ pandoc.RawBlock("typst", "#figure(kind: table, supplement: [Table], [") })
  out:extend(html(block))
  out:insert(pandoc.RawBlock("typst", "], caption: ["))
  out:insert(pandoc.Plain(inlines_of(block.caption)))
  out:insert(pandoc.RawBlock("typst", "])" .. (type(block.label) == "string" and ("<tbl-" .. block.label .. ">") or "")))
  return out
end

local kinds = {
  html = html, figure = figure, table = captioned_table,
  code = function(block)
    return pandoc.Blocks({ pandoc.CodeBlock(block.text, { class = block.language }) })
  end,
  picture = function(block)
    local width = type(block.width) == "number" and string.format("%.2fpt", block.width) or "auto"
    return pandoc.Blocks({ pandoc.Plain({
      raw("#picture(" .. quoted(block.path) .. ", " .. quoted(block.alt) .. ", " .. width .. ")"),
    }) })
  end,
}

local function set(block)
  local ok, blocks = pcall(kinds[block.kind], block)
  if ok then
    return blocks
  end
  note("a text that could not be set, which is printed plain: " .. tostring(blocks))
  return pandoc.Blocks({ pandoc.CodeBlock(table.concat(block.words or {}, " "), { class = "text" }) })
end

function Reader(sources)
  local given = pandoc.json.decode(tostring(sources), false)
  token, slow = given.token, given.slow
  for _, key in ipairs(given.cited) do
    anchors["cite:ref-" .. key] = true
  end
  for _, name in ipairs(given.labels) do
    anchors["figure:" .. name] = true
  end
  for _, cell in ipairs(given.cells) do
    for _, block in ipairs(cell.blocks) do
      if block.html then
        block.parsed = parsed(block.html)
        block.parsed:walk({ traverse = "topdown", Header = register, Div = register, Span = register })
      end
    end
  end
  local document = pandoc.Blocks({})
  for _, cell in ipairs(given.cells) do
    number = cell.number
    document:insert(pandoc.RawBlock("typst", "//" .. token .. " cell " .. number))
    for _, block in ipairs(cell.blocks) do
      document:extend(set(block))
    end
  end
  for _, line in ipairs(notes) do
    document:insert(pandoc.RawBlock("typst", line))
  end
  return pandoc.Pandoc(document)
end
