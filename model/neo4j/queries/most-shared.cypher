// The resources that most PDs reach: where to look first for what should not be shared.
MATCH (p:PD)-[:HOLD]->(:RESOURCE)-[:MAP*0..]->(r:RESOURCE)
WITH r, count(DISTINCT p) AS pds
RETURN r.type AS type, r.id AS id, r.weight AS weight, pds ORDER BY pds DESC, weight DESC, id LIMIT 25
