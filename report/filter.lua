-- Pandoc's tree of the merged notebook → what Typst needs and pandoc does not do by itself:
-- numbered and boxed equations with alternative texts, references, figures and captions.
-- Whatever cannot be set correctly raises an error that names the notebook and the cell.

local where = "the document"
local equations = {}

local function fail(message)
  error("[[w2v]]" .. where .. ": " .. message .. "[[/w2v]]", 0)
end

local function quoted(text)
  return '"' .. text:gsub("%s+", " "):gsub("\\", "\\\\"):gsub('"', '\\"') .. '"'
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
  return body
end

local function equation(element)
  local tex = element.text
  if element.mathtype == "InlineMath" then
    return pandoc.RawInline("typst", "#inline-eq(alt: " .. quoted(tex) .. ", $" .. typst_math(tex) .. "$)")
  end
  local tag = tex:match("\\tag(%b{})")
  tex = tex:gsub("%s*\\tag%b{}", "")
  local boxed = unboxed(tex)
  local body = typst_math(boxed or tex)
  local call = string.format(
    "#block-eq(alt: %s, tag: %s, boxed: %s, $ %s $)",
    quoted(boxed or tex), tag and quoted("(" .. tag:sub(2, -2) .. ")") or "none",
    boxed and "true" or "false", body
  )
  if tag then
    call = call .. " <eq-" .. tag:sub(2, -2) .. ">"
  end
  return pandoc.RawInline("typst", call)
end

local function link(element)
  local target = element.target
  local cited = target:match("^#ref%-(.+)$")
  if cited then
    local form = pandoc.utils.stringify(element):match("^%(") and "normal" or "prose"
    return pandoc.RawInline("typst", "#cite(<" .. cited .. '>, form: "' .. form .. '")')
  end
  if target:match("^#fig%-") or target:match("^#tbl%-") then
    return pandoc.RawInline("typst", "#ref(<" .. target:sub(2) .. ">)")
  end
  local notebook = target:match("^(%d%d_[%w_]+)%.ipynb$")
  if notebook then
    return pandoc.RawInline("typst", "#ref(<sec-" .. notebook .. ">)")
  end
  if not target:match("^https?://") then
    fail("the link to " .. target .. " leads nowhere in the report")
  end
end

-- “(1.2)” becomes a link where an equation has that number.
local function references(inlines)
  local before, out = "", pandoc.Inlines({})
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
      out:extend({ pandoc.Str(head), pandoc.RawInline("typst", target), pandoc.Str(tail) })
    else
      out:insert(element)
    end
  end
  return out
end

local function raw(element)
  if element.format ~= "typst" and not element.text:match("^%s*<!%-%-") then
    fail("raw " .. element.format .. " is not supported: " .. element.text:sub(1, 40))
  end
  if element.format ~= "typst" then
    return {}
  end
end

local function text(element)
  if element.text:match("%$%$") or element.text:match("\\%a") then
    fail("TeX outside a formula, or a formula without its end: " .. element.text)
  end
end

local function image()
  fail("show pictures from code, with a caption and an alternative text")
end

local walker = {
  Math = equation, Link = link, Str = text, Inlines = references, RawInline = raw, RawBlock = raw, Image = image,
}

-- A caption and, for the lists of figures and tables, its first sentence.
local function captioned(caption)
  local short = pandoc.Inlines({})
  for i, element in ipairs(caption) do
    short:insert(element)
    if element.t == "Str" and element.text:match("[.:;]$") and (caption[i + 1] or {}).t ~= "Str" then
      short[#short] = pandoc.Str((element.text:gsub("[.:;]$", "")))
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

local function figure(div)
  local caption = captioned(pandoc.utils.blocks_to_inlines(div.content))
  local a = div.attributes
  local inlines = pandoc.Inlines({
    pandoc.RawInline("typst", string.format("#figure(image(%s, alt: %s), caption: [", quoted(a.path), quoted(a.alt))),
  })
  inlines:extend(caption)
  inlines:insert(pandoc.RawInline("typst", "]) <" .. div.identifier .. ">"))
  return pandoc.Plain(inlines)
end

local function captioned_table(div)
  local caption, found = div.content[1], nil
  for _, block in ipairs(div.content) do
    if block.t == "RawBlock" and block.format == "html" then
      block = pandoc.read(block.text, "html").blocks[1]
    end
    if block.t == "Table" then
      found = block
    end
  end
  if not found then
    fail("no table found in an output that should be one")
  end
  if div.identifier ~= "" then
    found.caption.long = pandoc.Blocks({ pandoc.Plain(captioned(pandoc.utils.blocks_to_inlines({ caption }))) })
    found.identifier = div.identifier
  end
  return found
end

-- Short tables stay on one page; more than 30 rows, or as much text, may go over several.
local function kept_together(element)
  local rows = 0
  for _, body in ipairs(element.bodies) do
    rows = rows + #body.body
  end
  if rows > 30 or #pandoc.utils.stringify(element) > 2500 then
    return element
  end
  return {
    pandoc.RawBlock("typst", "#[#show figure: set block(breakable: false)"),
    element,
    pandoc.RawBlock("typst", "]"),
  }
end

-- A table without a caption is part of the text: no number, no place in the list of tables.
local function unnumbered(element)
  if element.identifier ~= "" then
    return kept_together(element)
  end
  local markup, n = pandoc.write(pandoc.Pandoc({ element }), "typst"):gsub(
    ", kind: table", ", kind: table, numbering: none, outlined: false")
  if n ~= 1 then
    fail("pandoc writes tables in a way that the filter does not know")
  end
  return pandoc.RawBlock("typst", markup)
end

local function finished(blocks)
  blocks = blocks:walk({
    Div = function(inner)
      if inner.classes:includes("w2v-figure") then
        return figure(inner)
      elseif inner.classes:includes("w2v-table") then
        return captioned_table(inner)
      end
    end,
  })
  return blocks:walk(walker):walk({ Table = unnumbered })
end

local function cell(div)
  where = "notebook " .. div.attributes.notebook .. ", cell " .. div.attributes.number
  local blocks = finished(div.content)
  if div.attributes.first == "yes" then
    for _, block in ipairs(blocks) do
      if block.t == "Header" then
        block.identifier = "sec-" .. div.attributes.notebook
        break
      end
    end
  end
  return blocks
end

function Pandoc(document)
  document:walk({
    Math = function(element)
      local tag = element.text:match("\\tag{(.-)}")
      if tag then
        if equations[tag] then
          fail("two equations are numbered (" .. tag .. ")")
        end
        equations[tag] = true
      end
    end,
  })
  local blocks = pandoc.Blocks({})
  for _, block in ipairs(document.blocks) do
    if block.t == "Div" and block.classes:includes("w2v-cell") then
      blocks:extend(cell(block))
    else
      where = "the document"
      blocks:extend(finished(pandoc.Blocks({ block })))
    end
  end
  document.blocks = blocks
  return document
end
