-- Saved lists of tickets. The definition is encrypted, since its conditions may hold free text.
-- owner_id: personal; team_id: a team's; neither: everybody's.
CREATE TABLE saved_views (
    id {id},
    name TEXT NOT NULL,
    owner_id {int},
    team_id {int},
    definition {bytes} NOT NULL,
    version {int} NOT NULL,
    created_at {int} NOT NULL
) {strict};
