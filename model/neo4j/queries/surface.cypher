// Who may ask a PD ($a) for what. As cellmodel surface: who may ask for a type in any space is not listed again for one.
MATCH (p:PD)-[r:REQUEST]->(t:PD {id: $a})
WHERE r.space IS NULL OR NOT r.implied
  OR NOT EXISTS { (p)-[any:REQUEST]->(t) WHERE any.type = r.type AND any.space IS NULL }
RETURN r.type AS type, p.id AS pd, r.space AS space ORDER BY type, pd, space
