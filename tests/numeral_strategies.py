"""Random numbers as texts write them, and random words, for hypothesis."""

from hypothesis import strategies as st

number = st.one_of(
    st.integers(0, 10**9).map(str),
    st.integers(0, 10**9).map("{:,}".format),
    st.decimals(0, 10**6, places=2).map(str),
    st.tuples(st.integers(0, 99), st.integers(1, 99)).map(lambda t: f"{t[0]}/{t[1]}"),
)
numeral = st.tuples(
    st.sampled_from(["", "-", "−", "+"]),
    st.sampled_from(["", "$", "£"]),
    number,
    st.sampled_from(["", "%", "th", "s", "m", "bn"]),
    st.sampled_from(["", "-year-old", "-day"]),
).map("".join)
word = st.one_of(
    st.text(max_size=8),
    numeral,
    st.sampled_from(
        "$ % percent per cent may dollars XIV B-52 3M 49ers <unk> ▁a ##b 10-12 10:30 1990s 1980–85".split()
    ),
)
