// The trusted base of a PD ($a): whom its requests and faults lead to, and who holds with w an MO that it reaches. As
// cellmodel trusted.
CALL () {
  MATCH (:PD {id: $a})-[:REQUEST|FAULT*1..]->(t:PD) RETURN DISTINCT t
  UNION
  MATCH (:PD {id: $a})-[:HOLD]->(:RESOURCE)-[:MAP*0..]->(m:RESOURCE {type: 'MO'})
  WITH DISTINCT m
  MATCH (m)<-[h:HOLD]-(t:PD) WHERE h.rights CONTAINS 'w' RETURN DISTINCT t
}
WITH DISTINCT t WHERE t.id <> $a
RETURN t.id AS pd, t.name AS name ORDER BY t.place
