-- Words that a text shows and that blocks of pandoc do not. Read with dofile by the readers, so that nothing
-- is lost without a word.

local function with_space(block)
  block.content:insert(pandoc.Space())
  return block
end

-- Text of blocks, which are set apart.
local function text_of(blocks)
  return pandoc.utils.stringify(blocks:walk({
    Plain = with_space, Para = with_space, Header = with_space,
    Image = function() return {} end,
    SoftBreak = pandoc.Space, LineBreak = pandoc.Space,
    CodeBlock = function(element) return pandoc.Plain({ pandoc.Str(element.text .. " ") }) end,
  }))
end

-- Those of a list of words that a text lacks.
local function lost(text, words)
  local there, missing = {}, {}
  for word in text:gmatch("%S+") do
    there[word] = true
  end
  local joined
  for _, word in ipairs(words) do
    if not there[word] then
      joined = joined or text:gsub("%s+", "")
      if not joined:find(word, 1, true) then
        missing[#missing + 1] = word
      end
    end
  end
  return missing
end

return { lost = lost, text_of = text_of }
