// What two PDs ($a, $b) both reach. As cellmodel shared.
MATCH (:PD {id: $a})-[:HOLD]->(:RESOURCE)-[:MAP*0..]->(r:RESOURCE)
WITH DISTINCT r
MATCH (:PD {id: $b})-[:HOLD]->(:RESOURCE)-[:MAP*0..]->(r)
RETURN DISTINCT r.type AS type, r.id AS id, r.weight AS weight ORDER BY type, id
