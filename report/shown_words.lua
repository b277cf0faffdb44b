-- Words that a text shows and that blocks of pandoc do not. Read with dofile by the readers, so that nothing
-- is lost without a word.

local function with_space(block)
  block.content:insert(pandoc.Space())
  return block
end

-- Text of blocks, which are set apart; for a picture stands what `of_image` returns. Formulas that Python has
-- taken out have no text.
local function text_of(blocks, of_image)
  return pandoc.utils.stringify(blocks:walk({
    Plain = with_space, Para = with_space, Header = with_space,
    Image = of_image or function() return {} end,
    SoftBreak = pandoc.Space, LineBreak = pandoc.Space,
    Code = function(element) return element.classes:includes("w2v-formula") and {} or nil end,
    CodeBlock = function(element) return pandoc.Plain({ pandoc.Str(element.text .. " ") }) end,
  }))
end

-- Whether a word has a character of which there were too few.
local function has_lost(word, left)
  for _, point in utf8.codes(word) do
    if left[point] < 0 then
      return true
    end
  end
  return false
end

-- Those of a list of words that a text lacks: each must be there as often as in the list, by its letters,
-- since words of a text may stand close together.
local function lost(text, words)
  local left, there, alone, missing = {}, {}, {}, {}
  for _, point in utf8.codes(text) do
    left[point] = (left[point] or 0) + 1
  end
  for _, word in ipairs(words) do
    for _, point in utf8.codes(word) do
      left[point] = (left[point] or 0) - 1
    end
  end
  for word in text:gmatch("%S+") do
    there[word] = (there[word] or 0) + 1
  end
  for _, word in ipairs(words) do
    there[word] = (there[word] or 0) - 1
    if has_lost(word, left) then
      alone[#alone + 1] = word
      if there[word] < 0 then
        missing[#missing + 1] = word
      end
    end
  end
  return #missing > 0 and missing or alone
end

return { lost = lost, text_of = text_of }
