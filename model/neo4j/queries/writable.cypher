// Pages that two PDs ($a, $b) both may write, each through a HOLD with w. As cellmodel shared --writable --type MO.
MATCH (:PD {id: $a})-[h:HOLD]->(:RESOURCE)-[:MAP*0..]->(r:RESOURCE {type: 'MO'}) WHERE h.rights CONTAINS 'w'
WITH DISTINCT r
MATCH (:PD {id: $b})-[h:HOLD]->(:RESOURCE)-[:MAP*0..]->(r) WHERE h.rights CONTAINS 'w'
RETURN DISTINCT r.type AS type, r.id AS id, r.weight AS weight ORDER BY type, id
