-- Tables of a notebook that is not ours → Typst for notebook.typ. A table that is wider than the page is
-- printed in parts, each with the first column. Part of any_notebook.lua, which gives two functions.

local CAPACITY = 92 -- letters on one line
local raw, wrapped

local function is_number(text)
  return text:match("^[%s%d.,%%+eE()-]*$") ~= nil or text == "NaN" or text == "inf"
end

-- Rows of cells, how many of them are the head, and whether a cell covers several.
local function rows_of(element)
  local rows, spans = pandoc.List(element.head.rows), false
  local n_head = #rows
  for _, body in ipairs(element.bodies) do
    rows:extend(body.head)
    rows:extend(body.body)
  end
  rows:extend(element.foot.rows)
  for _, row in ipairs(rows) do
    for _, cell in ipairs(row.cells) do
      spans = spans or cell.col_span > 1 or cell.row_span > 1
    end
  end
  return rows, n_head, spans
end

-- For each column: letters of its widest cell, letters that it needs at least, and whether it has numbers.
local function measured(rows, n_head, n_columns)
  local columns = {}
  for n = 1, n_columns do
    columns[n] = { natural = 1, least = 1, numeric = true }
  end
  for r, row in ipairs(rows) do
    for n, cell in ipairs(row.cells) do
      local column = columns[n]
      if column then
        local text = pandoc.utils.stringify(cell.contents)
        column.natural = math.max(column.natural, utf8.len(text) or #text)
        for word in text:gmatch("%S+") do
          column.least = math.max(column.least, math.min(utf8.len(word) or #word, 24))
        end
        column.numeric = column.numeric and (r <= n_head or is_number(text))
      end
    end
  end
  for _, column in ipairs(columns) do
    column.need = math.max(column.least, math.min(column.natural, 18)) + 2.2
  end
  return columns
end

-- Groups of columns that fit on a line; the first column begins each.
local function groups_of(columns, spans)
  local total, groups, width = 0, { {} }, 0
  for _, column in ipairs(columns) do
    total = total + column.need
  end
  for n, column in ipairs(columns) do
    local current = groups[#groups]
    if not spans and total > CAPACITY and width + column.need > CAPACITY and #current > 1 then
      current = { 1 }
      groups[#groups + 1] = current
      width = columns[1].need
    end
    current[#current + 1] = n
    width = width + column.need
  end
  return groups, spans and total > CAPACITY and CAPACITY / total or 1
end

local function cell_blocks(cell)
  local options = ""
  if cell.col_span > 1 or cell.row_span > 1 then
    options = string.format("colspan: %d, rowspan: %d, ", cell.col_span, cell.row_span)
  end
  local alignment = ({ AlignLeft = "left", AlignRight = "right", AlignCenter = "center" })[cell.alignment]
  if alignment then
    options = options .. "align: " .. alignment .. ", "
  end
  local before, after = "table.cell(" .. options .. "[", "]),"
  local content = cell.contents
  if #content == 0 then
    return { pandoc.Plain({ raw(before .. after) }) }
  end
  if #content == 1 and (content[1].t == "Plain" or content[1].t == "Para") then
    return { pandoc.Plain(wrapped(before, content[1].content, after)) }
  end
  local out = pandoc.Blocks({ pandoc.RawBlock("typst", before) })
  out:extend(content)
  out:insert(pandoc.RawBlock("typst", after))
  return out
end

local function one_table(rows, n_head, columns, group, scale)
  local aligned, head = {}, 0
  for n, index in ipairs(group) do
    aligned[n] = columns[index].numeric and "right" or "left"
  end
  local out = pandoc.Blocks({})
  for r, row in ipairs(rows) do
    local wanted = row.cells
    if #group < #columns then
      wanted = pandoc.List(group):map(function(index) return row.cells[index] or pandoc.Cell({}) end)
    end
    for _, cell in ipairs(wanted) do
      out:extend(cell_blocks(cell))
      head = head + (r <= n_head and 1 or 0)
    end
  end
  out:insert(1, pandoc.RawBlock("typst", string.format("#data-table(%d, (%s,), %d, %.2f,",
    #group, table.concat(aligned, ", "), head, scale)))
  out:insert(pandoc.RawBlock("typst", ")"))
  return out
end

local function table_blocks(element)
  local rows, n_head, spans = rows_of(element)
  if #rows == 0 then
    return {}
  end
  local columns = measured(rows, n_head, #element.colspecs)
  local groups, scale = groups_of(columns, spans)
  local out = pandoc.Blocks(element.caption.long)
  for n, group in ipairs(groups) do
    if #groups > 1 then
      local text = string.format("Columns %d to %d of %d:", group[n == 1 and 1 or 2], group[#group], #columns)
      out:insert(pandoc.Plain({ raw("#part-of-table[" .. text .. "]") }))
    end
    out:extend(one_table(rows, n_head, columns, group, scale))
  end
  return out
end

return function(given_raw, given_wrapped)
  raw, wrapped = given_raw, given_wrapped
  return table_blocks
end
