// The trusted base of a PD ($a): whom it trusts, and whom those trust. As cellmodel trusted.
MATCH (:PD {id: $a})-[:TRUSTS*1..]->(t:PD)
WITH DISTINCT t WHERE t.id <> $a
RETURN t.id AS pd, t.name AS name ORDER BY t.place
