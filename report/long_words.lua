-- A text in which a line may end inside words of more than `longest` letters: after every tenth of them
-- stands a space of no width. Read with dofile by reader.lua and any_notebook.lua.

return function(text, longest)
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
