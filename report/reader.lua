-- A reader for pandoc: the cells of a notebook as JSON → Typst, with what pandoc does not write by
-- itself: numbered and boxed equations with alternative texts, references, figures and captions.
-- What cannot be typeset correctly raises an error that names the notebook and the cell.
--
-- The content of a notebook is only text here. Typst code is written by this file alone, through
-- `code` and `quoted`.

local foreign_html = dofile(PANDOC_SCRIPT_FILE:gsub("[^/\\]*$", "") .. "foreign_html.lua")
local markdown_text = dofile(PANDOC_SCRIPT_FILE:gsub("[^/\\]*$", "") .. "markdown_text.lua")
local typst_text = dofile(PANDOC_SCRIPT_FILE:gsub("[^/\\]*$", "") .. "typst_text.lua")
local breakable = typst_text.breakable
local LONG_WORD = 70 -- letters, more than a checksum has

local where = "the document"
local in_appendix = false
local equations = {}
local targets = {} -- of links: names of figures, tables, sections and works
local token -- a word that no text can know: it marks what Python replaces

local function fail(message)
  error("[[w2v]]" .. where .. ": " .. message .. "[[/w2v]]", 0)
end

-- A string of Typst.
local function quoted(text)
  return '"' .. text:gsub("%s+", " "):gsub("\\", "\\\\"):gsub('"', '\\"') .. '"'
end

-- TeX for which Python writes words, as a string of Typst. It is in hexadecimal digits, so that no text of a
-- notebook can look like it or end it.
local function alternative(tex)
  local digits = tex:gsub("%s+", " "):gsub(".", function(byte)
    return string.format("%02x", byte:byte())
  end)
  return '"' .. token .. digits .. '"'
end

-- Typst code inside text; the semicolon ends it, so that the text after it is not read as code.
local function code(text)
  return pandoc.RawInline("typst", text .. ";")
end

-- The name of a label, which is not quoted in Typst.
local function named(label)
  if not label:match("^[%w_.:-]+$") then
    fail("a label may have letters, digits and _ . : - but not " .. quoted(label))
  end
  return label
end

-- The argument of \boxed if the whole formula is one box, else nil.
local function unboxed(tex)
  local inner = tex:match("^%s*\\boxed(%b{})%s*$")
  return inner and inner:sub(2, -2)
end

-- TeX → the body of a Typst formula.
local function typst_math(tex)
  local source = tex:gsub("\\!", "")
  local document = pandoc.Pandoc({ pandoc.Plain({ pandoc.Math("InlineMath", source) }) })
  local out = pandoc.write(document, "typst"):gsub("%s+$", "")
  local body = out:match("^%$(.*)%$$")
  if not body then
    fail("cannot typeset the formula " .. tex)
  end
  return (body:gsub("%f[%a](%a+)%.circle", "%1.o")) -- Typst's new name: ⊗ is times.o
end

local function equation(element)
  local tex = element.text
  if element.mathtype == "InlineMath" then
    return code("#inline-eq(alt: " .. alternative(tex) .. ", $" .. typst_math(tex) .. "$)")
  end
  local tag = tex:match("\\tag(%b{})")
  tex = tex:gsub("%s*\\tag%b{}", "")
  local boxed = unboxed(tex)
  local body = typst_math(boxed or tex)
  local call = string.format(
    "#block-eq(alt: %s, tag: %s, boxed: %s, $ %s $)",
    alternative(boxed or tex), tag and quoted("(" .. tag:sub(2, -2) .. ")") or "none",
    boxed and "true" or "false", body
  )
  if tag then
    return pandoc.RawInline("typst", call .. " <eq-" .. named(tag:sub(2, -2)) .. ">")
  end
  return code(call)
end

local function no_target(target)
  fail("the link to " .. target .. " has no target in the report")
end

-- The name of what a link leads to.
local function known(name, target)
  if not targets[name] then
    no_target(target)
  end
  return named(name)
end

local function link(element)
  local target = element.target
  local cited = target:match("^#ref%-(.+)$")
  if cited then
    known(target:sub(2), target)
    local citation = code("#cite(<" .. named(cited) .. ">)")
    if pandoc.utils.stringify(element):match("^%(") then
      return citation -- “(Author, year)”: the number says the same
    end
    local named_work = element.content
    named_work:extend({ pandoc.RawInline("typst", "~"), citation })
    return named_work
  end
  if target:match("^#fig%-") or target:match("^#tbl%-") then
    return code("#ref(<" .. known(target:sub(2), target) .. ">)")
  end
  local notebook = target:match("^(%d%d_[%w_]+)%.ipynb$")
  if notebook then
    return code("#ref(<" .. known("sec-" .. notebook, target) .. ">)")
  end
  if not target:match("^https?://") then
    no_target(target)
  end
end

-- Written by pandoc as calls, #emph[…]: text after them, as in *name*.csv, must not be read as code.
local calls = {
  Emph = true, Strong = true, Strikeout = true, Superscript = true, Subscript = true, Link = true,
  Underline = true, SmallCaps = true, Note = true,
}

-- Whether there are letters that are written from right to left: from U+0590 on, and U+FB1D.
local function has_right_to_left(inlines)
  for _, point in utf8.codes(pandoc.utils.stringify(pandoc.Inlines(inlines))) do
    if point >= 0x590 and point < 0x900 or point >= 0xFB1D and point < 0xFDFF or point >= 0xFE70 and point < 0xFEFF
      or point >= 0x10800 and point < 0x11000 or point >= 0x1E800 and point < 0x1F000 then
      return true
    end
  end
  return false
end

-- “(1.2)” becomes a link where an equation has that number.
local function references(inlines)
  local before, out = "", pandoc.Inlines({})
  local boxed = has_right_to_left(inlines) -- else the marks of a token would take part in their order
  for _, element in ipairs(inlines) do
    local head, number, tail
    if element.t == "Str" then
      head, number, tail = element.text:match("^(.-)%((%d+%.%d+)%)(.*)$")
      if number and not equations[number] and before:match("^%(?Eqs?%.$") then
        fail("there is no equation (" .. number .. ")")
      end
      before = element.text
    end
    if number and equations[number] then
      local target = "#link(<eq-" .. number .. ">)[(" .. number .. ")]"
      out:extend({ pandoc.Str(head), code(target), pandoc.Str(tail) })
    elseif boxed and element.t == "Code" and #element.text < LONG_WORD then
      out:extend({ pandoc.RawInline("typst", "#box["), element, pandoc.RawInline("typst", "];") })
    else
      out:insert(element)
      if calls[element.t] or element.t == "Code" and element.text:match("`") then
        out:insert(code(""))
      end
    end
  end
  return typst_text.escaped(out)
end

local function raw(element)
  if not foreign_html.is_comment(element.text) then
    fail("raw " .. element.format .. " is not supported: " .. element.text:sub(1, 40))
  end
  return {}
end

local function text(element)
  if element.text:match("%$%$") or element.text:match("\\%a") then
    fail("TeX outside a formula, or a formula without its end: " .. element.text)
  end
  return pandoc.Str(breakable(element.text:gsub("^(%(*)%-(%d)", "%1−%2"), LONG_WORD))
end

local function inline_code(element)
  return pandoc.Code(breakable(element.text, LONG_WORD))
end

local function image()
  fail("show pictures from code, with a caption and an alternative text")
end

local function heading(element)
  if #element.content == 0 then
    fail("a heading has no text")
  end
end

local walker = {
  HorizontalRule = function() return pandoc.RawBlock("typst", "#rule()") end,
  Math = equation, Link = link, Str = text, Code = inline_code, Inlines = references, Image = image,
  Header = heading,
}

-- How many brackets and quotation marks are open after a text, if `depth` were open before it.
local function open_after(text, depth)
  for _, point in utf8.codes(text) do
    local mark = utf8.char(point)
    local step = ("([{“"):find(mark, 1, true) and 1 or (")]}”"):find(mark, 1, true) and -1 or 0
    depth = math.max(0, depth + step)
  end
  return depth
end

-- A caption and, for the lists of figures and tables, its first sentence.
local function captioned(caption)
  local short, depth = pandoc.Inlines({}), 0
  for i, element in ipairs(caption) do
    short:insert(element)
    local written = element.t == "Str" and element.text or ""
    depth = open_after(written, depth)
    if depth == 0 and written:match("[.:;]$") and (caption[i + 1] or {}).t ~= "Str" then
      short[#short] = pandoc.Str((written:gsub("[.:;]$", "")))
      break
    end
  end
  local both = pandoc.Inlines({ pandoc.RawInline("typst", "#caption[") })
  both:extend(short)
  both:insert(pandoc.RawInline("typst", "]["))
  both:extend(caption)
  both:insert(pandoc.RawInline("typst", "]"))
  return both
end

-- Blocks of a Markdown text, without raw blocks.
local function read(source)
  local document = markdown_text.parsed(source)
  local beyond = markdown_text.words_beyond(source, document)
  if #beyond > 0 then
    fail("a row of a table has more cells than its head: " .. beyond[1])
  end
  return document.blocks:walk({ RawInline = raw, RawBlock = raw })
end

local function inlines(source)
  return pandoc.utils.blocks_to_inlines(read(source))
end

local function figure(block)
  local content = pandoc.Inlines({
    pandoc.RawInline("typst", string.format("#figure(image(%s, alt: %s), caption: [",
      quoted(block.path), quoted(block.alt))),
  })
  content:extend(captioned(inlines(block.caption)))
  content:insert(pandoc.RawInline("typst", "]) <fig-" .. named(block.label) .. ">"))
  return pandoc.Blocks({ pandoc.Plain(content) })
end

local function captioned_table(block)
  local blocks = read(block.text)
  local result = blocks[1]
  if #blocks ~= 1 or result.t ~= "Table" then
    fail("an output that should be a table has none, or more than that")
  end
  result.caption.long = pandoc.Blocks({ pandoc.Plain(captioned(inlines(block.caption))) })
  result.identifier = "tbl-" .. named(block.label)
  return pandoc.Blocks({ result })
end

-- HTML with a table. The document's captions have numbers, so that one of its own becomes a paragraph; and
-- Typst has a foot only at the very end.
local function html(block)
  local out = pandoc.Blocks({})
  local blocks, lost = foreign_html.blocks(block)
  if #lost > 0 then
    fail("HTML of which words would be lost: " .. lost[1])
  end
  for _, element in ipairs(blocks:walk({ DefinitionList = foreign_html.definitions })) do
    if element.t == "Table" then
      out:extend(element.caption.long)
      element.caption = { long = {} }
      if #element.bodies > 0 then
        element.bodies[#element.bodies].body:extend(element.foot.rows)
        element.foot.rows = {}
      end
    end
    out:insert(element)
  end
  return out
end

local function listing(block)
  return pandoc.Blocks({ pandoc.CodeBlock(breakable(block.text, 100), { class = block.language }) })
end

-- Length in characters, and of the longest word, of the text of a cell.
local function lengths(contents)
  local shown = pandoc.Blocks(contents):walk({
    Math = function(formula)
      return pandoc.Str((formula.text:gsub("\\%a+", "x"):gsub("[{}^_%s]", "")))
    end,
    Code = function(name) -- wider letters
      return pandoc.Str(name.text .. ("x"):rep(#name.text // 5))
    end,
  })
  local content = pandoc.utils.stringify(shown):gsub("\u{200b}", " ") -- there a line may end
  local longest = 0
  for word in content:gmatch("%S+") do
    longest = math.max(longest, utf8.len(word) or #word)
  end
  return utf8.len(content) or #content, longest
end

-- “0.5 ± 0.1” and “[0.4, 0.6]” stay on one line.
local function unbroken(inlines_of_cell)
  for n, element in ipairs(inlines_of_cell) do
    local before, after = inlines_of_cell[n - 1], inlines_of_cell[n + 1]
    if element.t == "Space" and before and after and before.t == "Str" and after.t == "Str" and (
      before.text == "±" or after.text == "±" or before.text:match("^%[.*%d,$") and after.text:match("%]$")
    ) then
      inlines_of_cell[n] = pandoc.Str("\u{a0}")
    end
  end
  return inlines_of_cell
end

-- In characters: of a page, between columns, of a short column, and the least of a column of text.
local WIDTH, PADDING, SHORT, LEAST = 108, 2.5, 14, 20

-- Widths for the columns of a table that is wider than the page: short columns get what they need, the
-- others their longest word, and a part of the rest in proportion to what they would need for one line.
-- Where not even the longest words fit, lines may end inside of words.
local function set_widths(element, divided)
  element = element:walk({ Inlines = unbroken })
  local natural, longest = {}, {}
  for n, spec in ipairs(element.colspecs) do
    natural[n], longest[n] = 0, 0
    element.colspecs[n] = { spec[1] } -- pandoc divides the page evenly where a line of Markdown is long
  end
  local function add(rows)
    for _, row in ipairs(rows) do
      for n, one in ipairs(row.cells) do
        local length, word = lengths(one.contents)
        if natural[n] then
          natural[n], longest[n] = math.max(natural[n], length), math.max(longest[n], word)
        end
      end
    end
  end
  add(element.head.rows)
  for _, body in ipairs(element.bodies) do
    add(body.body)
  end
  local needed, rest, wanted = 0, WIDTH, 0
  for n, length in ipairs(natural) do
    needed = needed + length + PADDING
    longest[n] = length <= SHORT and length or math.max(longest[n], length > 2 * LEAST and LEAST or 0)
    rest = rest - longest[n] - PADDING
    wanted = wanted + length - longest[n]
  end
  if needed <= WIDTH then
    return element, 1
  end
  local scale = 1
  if rest < 0 and not divided then
    return set_widths(element:walk({
      Str = function(word) return pandoc.Str(breakable(word.text, LEAST)) end,
      Code = function(name) return pandoc.Code(breakable(name.text, LEAST)) end,
    }), true)
  end
  if rest < 0 then -- too much for the page: smaller letters
    scale = math.max(0.75, WIDTH / (WIDTH - rest))
    rest = math.max(0, WIDTH / scale - WIDTH + rest)
  end
  if wanted == 0 then
    return element, scale
  end
  local specs, widths, sum = element.colspecs, {}, 0
  for n, length in ipairs(natural) do
    widths[n] = (longest[n] + rest * (length - longest[n]) / wanted + PADDING) * scale / WIDTH
    sum = sum + widths[n]
  end
  for n, width in ipairs(widths) do
    specs[n] = { specs[n][1], width / math.max(1, sum) }
  end
  element.colspecs = specs
  return element, scale
end

-- A row stays on one page, but for one with so much text that a page may not have room for it.
local LONG_CELL = 300

local function rows_may_break(element)
  for _, body in ipairs(element.bodies) do
    for _, row in ipairs(body.body) do
      for _, one in ipairs(row.cells) do
        if #pandoc.utils.stringify(pandoc.Blocks(one.contents)) > LONG_CELL then
          return "#set table.cell(breakable: true)\n"
        end
      end
    end
  end
  return ""
end

-- Typst code that sets the size of the letters of a table, and whether its rows may break.
local function in_size(element, scale)
  return string.format(
    "#show table: set text(%.2fpt)\n#set table(inset: (x: %.2fpt, y: 2.5pt))\n", 8.6 * scale, 4 * scale)
    .. rows_may_break(element)
end

-- Short tables stay on one page and float to its top or bottom; tables with more than 20 rows or much text
-- stay in the text and may break across pages. In the appendix no table floats, so shorter ones may break.
local function on_one_page(element, scale)
  local rows = 0
  for _, body in ipairs(element.bodies) do
    rows = rows + #body.body
  end
  local breaks = rows > (in_appendix and 10 or 20) or #pandoc.utils.stringify(element) > 2000
  return {
    pandoc.RawBlock("typst", string.format(
      "#[#show figure: set block(breakable: %s)\n%s%s", tostring(breaks),
      (breaks or in_appendix) and "" or "#set figure(placement: auto)\n", in_size(element, scale))),
    element,
    pandoc.RawBlock("typst", "]"),
  }
end

-- A table without a caption is part of the text: it has no number and is not in the list of tables.
local function unnumbered(element)
  local scale
  element, scale = set_widths(element)
  if element.identifier ~= "" then
    return on_one_page(element, scale)
  end
  local markup, n = pandoc.write(pandoc.Pandoc({ element }), "typst"):gsub(
    "^(.*), kind: table", "%1, kind: table, numbering: none, outlined: false") -- the last: tables may be in it
  if n ~= 1 then
    fail("pandoc writes tables in a form that this reader does not know")
  end
  return pandoc.RawBlock("typst", "#[" .. in_size(element, scale) .. markup .. "]")
end

local kinds = {
  markdown = function(block)
    return read(block.text)
  end,
  code = listing, figure = figure, table = captioned_table, html = html,
}

local function cell(given)
  where = "notebook " .. given.notebook .. ", cell " .. given.number
  in_appendix = in_appendix or given.notebook == "appendix"
  local blocks = pandoc.Blocks({})
  for _, block in ipairs(given.blocks) do
    blocks:extend(kinds[block.kind](block):walk(walker):walk({ Table = unnumbered }))
  end
  if given.notebook == "appendix" and given.first then
    blocks:insert(1, pandoc.RawBlock("typst", "#show: appendix"))
  end
  if given.first then
    for _, block in ipairs(blocks) do
      if block.t == "Header" then
        block.identifier = "sec-" .. named(given.notebook)
        break
      end
    end
  end
  return blocks
end

-- Collect the numbers of all equations, so that references can be checked: those of these cells, and of
-- others (texts) that another call converts.
local function number_equations(cells, others)
  local tags = {
    Math = function(element)
      local tag = element.text:match("\\tag{(.-)}")
      if tag and equations[tag] then
        fail("two equations are numbered (" .. tag .. ")")
      end
      if tag then
        equations[tag] = true
      end
    end,
  }
  for _, text in ipairs(others) do
    markdown_text.parsed(text):walk(tags)
  end
  for _, given in ipairs(cells) do
    where = "notebook " .. given.notebook .. ", cell " .. given.number
    for _, block in ipairs(given.blocks) do
      if block.kind == "markdown" then
        markdown_text.parsed(block.text):walk(tags)
      end
    end
  end
end

-- A comment, from which Python knows the cell of a line.
local function place(position)
  return pandoc.RawBlock("typst", "//" .. token .. " " .. position)
end

local function is_place(block)
  return block and block.t == "RawBlock" and block.text:sub(1, #token + 2) == "//" .. token
end

-- Keep a paragraph of the appendix, and so the heading above it, with the table below it.
local function with_tables(blocks)
  local out = pandoc.Blocks({})
  for n, block in ipairs(blocks) do
    local below = is_place(blocks[n + 1]) and blocks[n + 2] or blocks[n + 1]
    if block.t == "Para" and below and below.t == "RawBlock" and below.text:match("^#%[#show figure") then
      out:extend({ pandoc.RawBlock("typst", "#before-table["), block, pandoc.RawBlock("typst", "]") })
    else
      out:insert(block)
    end
  end
  return out
end

function Reader(sources)
  local given_all = pandoc.json.decode(tostring(sources), false)
  local cells = given_all.cells
  token = given_all.token
  for _, name in ipairs(given_all.targets) do
    targets[name] = true
  end
  number_equations(cells, given_all.others)
  local document, appendix = pandoc.Blocks({}), pandoc.Blocks({})
  for n, given in ipairs(cells) do
    if n > 1 and given.separate then
      document:insert(pandoc.RawBlock("typst", "], ["))
    end
    local blocks = cell(given)
    local part = in_appendix and appendix or document
    if given.position then
      part:insert(place(given.position))
    end
    part:extend(blocks)
  end
  document:extend(with_tables(appendix))
  return pandoc.Pandoc(document)
end
