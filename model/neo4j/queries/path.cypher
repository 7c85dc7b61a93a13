// A shortest way by which $a can reach or influence $b: REQUEST and HANDLE forward, HOLD and MAP either way (HELD, MAPPED are
// their other direction); MAP between spaces is not followed. As cellmodel path.
MATCH (a:CellModel {id: $a}), (b:CellModel {id: $b}) WHERE a <> b
MATCH p = shortestPath((a)-[:HOLD|HELD|MAP|MAPPED|REQUEST|HANDLE*..100]->(b))
WHERE none(r IN relationships(p) WHERE type(r) = 'MAP' AND startNode(r):SPACE)
RETURN length(p) AS steps, [n IN nodes(p) | n.id] AS ids, [r IN relationships(p) | type(r)] AS how
