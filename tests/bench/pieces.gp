\\ SPDX-License-Identifier: GPL-3.0-or-later
\\ The pieces of a univariate ReLU network of quadratic neurons, the way a PARI/GP user would count
\\ them: layer by layer, exact pre-activation polynomials on every cell, their real roots by
\\ polrootsreal. The peer that `quadric pieces NET` is timed against.
\\
\\   NET=net.json gp -q -f -D parisizemax=1G tests/bench/pieces.gp </dev/null
\\   NET=net.json REPEAT=20 gp ...       the mean time of 20 runs
\\
\\ prints {"regions": .., "patterns": .., "pieces": .., "max_degree": .., "milliseconds": ..}, where
\\ the time is the processor time of the count alone, without reading the file. Without NET it only
\\ defines the functions.
\\
\\ The file is a network file of quadric: one input, `quadratic` or `linear` layers with `relu` or
\\ `identity`, numbers in strings (integers, fractions, decimals without exponent), no escaped quotes.
\\
\\ What is exact: the polynomials, multiplicities, signs at sample points, equality of pieces. What is
\\ not: breakpoints are numbers of realprecision digits, and two that differ by less than TOLERANCE
\\ (relative above 1) are one. So the counts are right unless roots of different polynomials come that
\\ close.

default(realprecision, 57);
TOLERANCE = 1e-40;

\\ ---- reading ---------------------------------------------------------------------------------

fail(s) = { print("error: ", s); quit(1); }

is_key(after) = { my(c = select(ch -> ch != " " && ch != "\t", Vec(after))); #c && c[1] == ":"; }

is_number(s) = { my(c = Vec(s)); #c && setsearch(Set(Vec("-0123456789")), c[1]); }

\\ "-3/7" as it is, "-0.25" as -025/10^2, so that it is not rounded.
number(s) =
{
  my(part = strsplit(s, "."));
  if (#strsplit(s, "e") > 1 || #strsplit(s, "E") > 1, fail(Str("exponent in ", s)));
  if (#part == 1, s, Str(part[1], part[2], "/10^", #part[2]));
}

\\ Text outside of strings, as gp syntax. An object becomes Map([key, value; key, value]), so a
\\ comma just before a key is a semicolon there.
punctuation(text, key_follows) =
{
  my(c = [ch | ch <- Vec(text), ch != " " && ch != "\t"]);
  if (setsearch(Set(c), "."), fail("a decimal outside of quotes would be rounded"));
  if (key_follows && #c && c[#c] == ",", c[#c] = ";");
  strjoin([if (ch == "{", "Map([", ch == "}", "])", ch == ":", ",", ch) | ch <- c]);
}

\\ The odd parts between quotes are punctuation, the even ones strings.
json(text) =
{
  my(part = strsplit(text, "\""), n = #part);
  eval(strjoin(vector(n, i,
    if (i % 2, punctuation(part[i], i + 2 <= n && is_key(part[i + 2])),
        is_number(part[i]), number(part[i]),
        Str("\"", part[i], "\"")))));
}

\\ A layer as integers. With h = H / D for an integer vector H, the numerator of the pre-activation
\\   (wr h + br)(wg h + bg) + wb h^2 + c   is
\\   (q wr H + q br D)(q wg H + q bg D) + q^2 wb H^2 + q^2 c D^2   over   (q D)^2,
\\ and relu commutes with positive factors, so everything can stay in Z[x], which is several times
\\ faster than Q[x]. A layer is [kind, relu?, q, integer parameters].
integer_layer(l) =
{
  my(kind = mapget(l, "kind"), act = mapget(l, "activation"), relu = act == "relu", p, q);
  if (!relu && act != "identity", fail(Str("activation ", act)));
  if (kind == "quadratic",
    p = [if (#Vec(k) == 1 || k == "br" || k == "bg", mapget(l, k)~, matrix_of(mapget(l, k)))
         | k <- ["wr", "br", "wg", "bg", "wb", "c"]];
    q = denominator(p);
    return([kind, relu, q, q * p[1], q * p[2], q * p[3], q * p[4], q^2 * p[5], q^2 * p[6]]));
  if (kind == "linear",
    p = [matrix_of(mapget(l, "w")), mapget(l, "b")~];
    q = denominator(p);
    return([kind, relu, q, q * p[1], q * p[2]]));
  fail(Str("kind ", kind));
}

matrix_of(rows) = matrix(#rows, #rows[1], i, j, rows[i][j]);

read_net(file) =
{
  my(net = json(strjoin(readstr(file), " ")));
  if (mapget(net, "input_dim") != 1, fail("more than one input"));
  apply(integer_layer, mapget(net, "layers"));
}

\\ ---- counting --------------------------------------------------------------------------------

\\ Pre-activation numerators of a layer at the polynomials H (over D), and their denominator.
preactivations(layer, H, D) =
{
  if (layer[1] == "linear", return(layer[4] * H + D * layer[5]));
  my(r = layer[4] * H + D * layer[5], g = layer[6] * H + D * layer[7]);
  my(s = layer[8] * vectorv(#H, i, sqr(H[i])) + D^2 * layer[9]);
  vectorv(#r, i, r[i] * g[i]) + s;
}

next_denominator(layer, D) = if (layer[1] == "linear", layer[3] * D, (layer[3] * D)^2);

\\ A rational hull of the cell ]a, b[ with short numbers, for polrootsreal's interval argument: only
\\ roots in the cell need to be isolated, which is 3 to 5 times faster at width 8.
hull(a, b) =
{
  my(w);
  if (type(a) == "t_INFINITY" || type(b) == "t_INFINITY",
    return([if (type(a) == "t_INFINITY", a, floor(a)), if (type(b) == "t_INFINITY", b, ceil(b))]));
  w = 2^(3 - min(0, exponent(b - a)));     \\ to an eighth of the width of the cell
  [floor(a * w) / w, ceil(b * w) / w];
}

\\ a < b beyond doubt
is_less(a, b) =
  type(a) == "t_INFINITY" || type(b) == "t_INFINITY" || b - a > TOLERANCE * max(1, abs(a));

is_inside(r, a, b) = is_less(a, r) && is_less(r, b);

\\ The roots of odd multiplicity of p inside ]a, b[. polrootsreal repeats a multiple root.
sign_changes(p, a, b) =
{
  my(r, odd = List(), i = 1, j);
  if (poldegree(p) < 1, return([]));
  r = polrootsreal(p, hull(a, b));
  while (i <= #r,
    j = i; while (j < #r && r[j + 1] == r[i], j++);
    if ((j - i) % 2 == 0 && is_inside(r[i], a, b), listput(odd, r[i]));
    i = j + 1);
  Vec(odd);
}

merged(roots) =
{
  my(v = vecsort(roots), out = List());
  for (i = 1, #v, if (!#out || is_less(out[#out], v[i]), listput(out, v[i])));
  Vec(out);
}

\\ A short rational number in ]a, b[.
sample(a, b) =
{
  if (type(a) == "t_INFINITY" && type(b) == "t_INFINITY", return(0));
  if (type(a) == "t_INFINITY", return(floor(b) - 1));
  if (type(b) == "t_INFINITY", return(ceil(a) + 1));
  my(w = 2^(2 - min(0, exponent(b - a))));
  round((a + b) / 2 * w) / w;
}

\\ The sign of p in ]a, b[, where it does not change; a zero is a double root met by chance.
sign_inside(p, a, b) =
{
  if (poldegree(p) < 1, return(sign(pollead(p))));
  my(x = sample(a, b), s);
  while (!(s = sign(subst(p, 'x, x))), x = sample(x, b));
  s;
}

\\ A cell is [a, b, H, pattern]: on ]a, b[ the outputs of the layer are H / D.
split_cell(cell, layer, D) =
{
  my([a, b, H, pattern] = cell, pre = preactivations(layer, H, D), roots, ends, sgn);
  if (!layer[2], return([[a, b, pre, pattern]]));
  roots = [sign_changes(p, a, b) | p <- pre];
  ends = concat([[a], merged(concat(roots)), [b]]);
  vector(#ends - 1, k,
    sgn = vectorv(#pre, i,
      if (k > 1 && #roots[i] == 0, sgn[i], sign_inside(pre[i], ends[k], ends[k + 1])));
    [ends[k], ends[k + 1], vectorv(#pre, i, if (sgn[i] > 0, pre[i], 0)),
     concat(pattern, [s > 0 | s <- sgn])]);
}

count(net) =
{
  my(cells = [[-oo, +oo, ['x]~, []]], D = 1);
  for (l = 1, #net,
    cells = concat([split_cell(c, net[l], D) | c <- cells]);
    D = next_denominator(net[l], D));
  my(n = #cells);
  [n, #Set([c[4] | c <- cells]), 1 + sum(k = 2, n, cells[k][3] != cells[k - 1][3]),
   max(-1, vecmax([vecmax([poldegree(p) | p <- c[3]]) | c <- cells]))];
}

report(file, repeat) =
{
  my(net = read_net(file), r, ms);
  gettime();
  for (i = 1, repeat, r = count(net));
  ms = gettime() / repeat;
  printf("{\"regions\": %d, \"patterns\": %d, \"pieces\": %d, \"max_degree\": %d, ",
         r[1], r[2], r[3], r[4]);
  printf("\"milliseconds\": %.3f}\n", ms);
}

{
  if (getenv("NET"),
    iferr(report(getenv("NET"), if (getenv("REPEAT"), eval(getenv("REPEAT")), 1)), E, fail(E));
    quit);
}
