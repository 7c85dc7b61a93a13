// What a PD ($a) reaches by HOLD and then MAP. As the resources of cellmodel reach.
MATCH (:PD {id: $a})-[:HOLD]->(:RESOURCE)-[:MAP*0..]->(r:RESOURCE)
RETURN DISTINCT r.type AS type, r.id AS id, r.weight AS weight ORDER BY type, id
