// RSI of two PDs ($a, $b), per type: what both reach over what either reaches. As cellmodel rsi.
UNWIND [$a, $b] AS id
MATCH (:PD {id: id})-[:HOLD]->(:RESOURCE)-[:MAP*0..]->(r:RESOURCE)
WITH DISTINCT id, r
WITH r, count(*) AS reached
RETURN r.type AS type,
       sum(CASE WHEN reached = 2 OR $a = $b THEN r.weight ELSE 0 END) AS shared,
       sum(r.weight) AS all
ORDER BY type
