/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Offences in words. One row per fault; in its text $f and $t stand for the start and end of the edge, $e for the edge's
 * type, $y for a type, $n and $o for the nodes, $x for the node's extra, $s for the space of a request, $d for a detail.
 */
#include "check.h"

struct wording {
    int rule;
    bool lenient, absence;
    const char *column, *text;
};

static const struct wording wordings[CM_FAULTS] = {
    [CM_FAULT_NO_START] = {1, true, false, "EDGE_FROM", "$e starts at $f, which does not exist"},
    [CM_FAULT_NO_END] = {1, true, false, "EDGE_TO", "$e ends at $t, which does not exist"},
    [CM_FAULT_KINDS] = {1, false, false, "EDGE_TYPE", "$e cannot go from $f to $t ($k)"},
    [CM_FAULT_TWICE] = {1, false, false, "EDGE_TYPE", "$e from $f to $t stands twice"},
    [CM_FAULT_NO_SUBSET] = {2, false, true, "NODE_ID", "$n has no SUBSET edge"},
    [CM_FAULT_TWO_SUBSETS] = {2, false, false, "EDGE_TO", "$f has a further SUBSET edge, to $t"},
    [CM_FAULT_WRONG_SPACE] = {2, false, false, "EDGE_TO", "$f is in $t, which serves another type"},
    [CM_FAULT_CORE_IN_VCPU_SPACE] = {2, true, false, "EDGE_TO", "$f, a core, is in $t, a space of VCPUs"},
    [CM_FAULT_UNHELD] = {2, true, true, "NODE_ID", "nobody holds $n"},
    [CM_FAULT_CYCLE] = {2, false, false, "EDGE_TYPE", "MAP from $f to $t closes a cycle"},
    [CM_FAULT_NO_MANAGER] = {3, true, false, "EXTRA", "$n names no manager"},
    [CM_FAULT_MANAGER_MISSING] = {3, true, true, "EXTRA", "$n names the manager $x, which does not exist"},
    [CM_FAULT_MANAGER_KIND] = {3, false, false, "EXTRA", "$n names the manager $x, which is no PD"},
    [CM_FAULT_NO_ROOT] = {3, true, true, "NODE_ID", "there is no root task (PD_0)"},
    [CM_FAULT_NO_CORE_SPACE] = {3, true, true, "NODE_ID", "the root task manages no space of type $y"},
    [CM_FAULT_UNSERVED] = {4, true, true, "DATA", "REQUEST from $f for $y, of which $t manages no space"},
    [CM_FAULT_FOREIGN_SPACE] = {4, false, true, "EXTRA", "REQUEST from $f to $t names $s, which $t does not manage"},
    [CM_FAULT_SPACE_MISSING] = {4, true, true, "EXTRA", "REQUEST from $f to $t names $s, which is no space here"},
    [CM_FAULT_TYPE] = {5, false, false, "DATA", "the type of $n $d"},
    [CM_FAULT_NAME] = {5, false, false, "DATA", "the name of $n $d"},
    [CM_FAULT_FILE_NAME] = {5, false, false, "EXTRA", "the name of $n $d"},
    [CM_FAULT_PD_EXTRA] = {5, false, false, "EXTRA", "$n has $x, which is none of nothing, partial, ended"},
    [CM_FAULT_EXTENT] = {5, false, false, "EXTRA", "$x of $n is not an extent of its type"},
    [CM_FAULT_EXTENT_SIZE] = {5, false, false, "EXTRA", "$x of $n exceeds what can be addressed"},
    [CM_FAULT_KIND] = {5, true, false, "EXTRA", "$x of $n has an unknown kind"},
    [CM_FAULT_NO_PAGES] = {5, true, false, "EXTRA", "$n has 0 pages"},
    [CM_FAULT_OVERLAP] = {5, true, false, "EXTRA", "$n overlaps $o"},
    [CM_FAULT_MAP_RIGHTS] = {5, false, false, "EXTRA", "MAP from $f to $t carries rights that only a VMR's or GMO's may (rwx)"},
};

int cm_fault_rule(enum cm_fault fault)
{
    return wordings[fault].rule;
}

bool cm_fault_lenient(enum cm_fault fault)
{
    return wordings[fault].lenient;
}

bool cm_fault_absence(enum cm_fault fault)
{
    return wordings[fault].absence;
}

const char *cm_fault_column(enum cm_fault fault)
{
    return wordings[fault].column;
}

static const char *id_of(const struct cm_graph *graph, cm_node node)
{
    return node == CM_NONE ? "" : cm_node_id(graph, node);
}

static void put_kinds(struct cm_writer *writer, const struct cm_graph *graph, const struct cm_edge *edge)
{
    cm_writer_string(writer, cm_kind_text(cm_node_kind(graph, edge->from)));
    cm_writer_string(writer, " to ");
    cm_writer_string(writer, cm_kind_text(cm_node_kind(graph, edge->to)));
}

void cm_offence_text(struct cm_writer *writer, const struct cm_graph *graph, const struct cm_offence *offence)
{
    struct cm_edge edge = {.edge_type = CM_HOLD, .from = CM_NONE, .to = CM_NONE, .type = offence->type,
                           .space = CM_NONE};
    if (offence->edge != CM_NONE) {
        cm_graph_edge(graph, offence->edge, &edge);
    }
    for (const char *at = wordings[offence->fault].text; *at != '\0'; at++) {
        if (*at != '$') {
            cm_writer_put(writer, at, 1);
            continue;
        }
        switch (*++at) {
        case 'f':
            cm_writer_string(writer, id_of(graph, edge.from));
            break;
        case 't':
            cm_writer_string(writer, id_of(graph, edge.to));
            break;
        case 's':
            cm_writer_string(writer, id_of(graph, edge.space));
            break;
        case 'n':
            cm_writer_string(writer, id_of(graph, offence->node));
            break;
        case 'o':
            cm_writer_string(writer, id_of(graph, offence->other));
            break;
        case 'e':
            cm_writer_string(writer, cm_edge_type_text(edge.edge_type));
            break;
        case 'y':
            cm_writer_string(writer, cm_type_name(graph, edge.type));
            break;
        case 'x':
            cm_writer_string(writer, offence->node == CM_NONE ? "" : cm_node_extra(graph, offence->node));
            break;
        case 'd':
            cm_writer_string(writer, offence->detail);
            break;
        case 'k':
            put_kinds(writer, graph, &edge);
            break;
        }
    }
}
