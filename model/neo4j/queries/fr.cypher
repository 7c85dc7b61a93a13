// FR of two PDs ($a, $b), to 6 hops: the nearest PD by requests that both reach. No row: none. As cellmodel fr.
//
// A walk carries the types that it may ask for; a REQUEST is followed if its type is among them, and adds those of what
// the asked-for space is realised by. `front` is where the walks from $a and $b stand, `met` all that they came by. One
// block per hop. $without: ids of PDs to ignore; $not_direct: ignore the requests between $a and $b.
MATCH (p:PD)
CALL (p) { UNWIND p.types AS name RETURN name UNION MATCH (p)-[r:REQUEST]->() UNWIND r.adds AS name RETURN name }
WITH DISTINCT name ORDER BY name
WITH collect(name) AS names
UNWIND [$a, $b] AS start
MATCH (p:PD {id: start})
WITH names, collect({start: start, pd: p, types: p.types, hops: 0}) AS met
WITH names, met, met AS front
CALL (front, names) {
  UNWIND front AS f
  WITH f.start AS start, f.pd AS pd, f.types AS types
  MATCH (pd)-[r:REQUEST]->(q:PD) WHERE r.type IN types AND NOT q.id IN $without
    AND NOT ($not_direct AND (pd.id = $a AND q.id = $b OR pd.id = $b AND q.id = $a))
  WITH DISTINCT start, q, [n IN names WHERE n IN types OR n IN r.adds] AS types
  RETURN collect({start: start, pd: q, types: types, hops: 1}) AS next
}
WITH names, met + next AS met, next AS front
CALL (front, names) {
  UNWIND front AS f
  WITH f.start AS start, f.pd AS pd, f.types AS types
  MATCH (pd)-[r:REQUEST]->(q:PD) WHERE r.type IN types AND NOT q.id IN $without
    AND NOT ($not_direct AND (pd.id = $a AND q.id = $b OR pd.id = $b AND q.id = $a))
  WITH DISTINCT start, q, [n IN names WHERE n IN types OR n IN r.adds] AS types
  RETURN collect({start: start, pd: q, types: types, hops: 2}) AS next
}
WITH names, met + next AS met, next AS front
CALL (front, names) {
  UNWIND front AS f
  WITH f.start AS start, f.pd AS pd, f.types AS types
  MATCH (pd)-[r:REQUEST]->(q:PD) WHERE r.type IN types AND NOT q.id IN $without
    AND NOT ($not_direct AND (pd.id = $a AND q.id = $b OR pd.id = $b AND q.id = $a))
  WITH DISTINCT start, q, [n IN names WHERE n IN types OR n IN r.adds] AS types
  RETURN collect({start: start, pd: q, types: types, hops: 3}) AS next
}
WITH names, met + next AS met, next AS front
CALL (front, names) {
  UNWIND front AS f
  WITH f.start AS start, f.pd AS pd, f.types AS types
  MATCH (pd)-[r:REQUEST]->(q:PD) WHERE r.type IN types AND NOT q.id IN $without
    AND NOT ($not_direct AND (pd.id = $a AND q.id = $b OR pd.id = $b AND q.id = $a))
  WITH DISTINCT start, q, [n IN names WHERE n IN types OR n IN r.adds] AS types
  RETURN collect({start: start, pd: q, types: types, hops: 4}) AS next
}
WITH names, met + next AS met, next AS front
CALL (front, names) {
  UNWIND front AS f
  WITH f.start AS start, f.pd AS pd, f.types AS types
  MATCH (pd)-[r:REQUEST]->(q:PD) WHERE r.type IN types AND NOT q.id IN $without
    AND NOT ($not_direct AND (pd.id = $a AND q.id = $b OR pd.id = $b AND q.id = $a))
  WITH DISTINCT start, q, [n IN names WHERE n IN types OR n IN r.adds] AS types
  RETURN collect({start: start, pd: q, types: types, hops: 5}) AS next
}
WITH names, met + next AS met, next AS front
CALL (front, names) {
  UNWIND front AS f
  WITH f.start AS start, f.pd AS pd, f.types AS types
  MATCH (pd)-[r:REQUEST]->(q:PD) WHERE r.type IN types AND NOT q.id IN $without
    AND NOT ($not_direct AND (pd.id = $a AND q.id = $b OR pd.id = $b AND q.id = $a))
  WITH DISTINCT start, q, [n IN names WHERE n IN types OR n IN r.adds] AS types
  RETURN collect({start: start, pd: q, types: types, hops: 6}) AS next
}
WITH names, met + next AS met, next AS front
UNWIND met AS m
WITH m.pd AS pd, m.start AS start, min(m.hops) AS hops
WITH pd, collect(DISTINCT start) AS starts, min(hops) AS hops
WHERE size(starts) = 2 OR $a = $b
RETURN hops, pd.id AS at ORDER BY hops, pd.place LIMIT 1
