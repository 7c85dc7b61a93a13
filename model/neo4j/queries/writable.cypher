// Pages that two PDs ($a, $b) both can write. As cellmodel shared --writable --type MO.
MATCH (:PD {id: $a})-[:WRITES]->(r:RESOURCE)<-[:WRITES]-(:PD {id: $b})
RETURN DISTINCT r.type AS type, r.id AS id, r.weight AS weight ORDER BY type, id
