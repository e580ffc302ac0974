// Opens GraphiQL on this service's own /graphql, with the example queries as its first tabs.
// Loaded last by graphiql.html; React, ReactDOM and GraphiQL are globals by then.
"use strict";

(() => {
  // The page as it lies on disk still has the placeholder's comment in front of the list.
  const written = document.getElementById("default-tabs").textContent.replace("/*DEFAULT_TABS*/", "");

  // GraphiQL wants variables as the text that a person would type.
  const defaultTabs = JSON.parse(written).map(({ query, variables }) => ({
    query,
    variables: variables ? JSON.stringify(variables, null, 2) : null,
  }));

  // A name of its own, so that tabs kept by another GraphiQL on this address are not mixed in.
  const storage = GraphiQL.createLocalStorage({ namespace: "trustnet" });

  // On a first visit GraphiQL shows the first tab without its variables, and adds an empty tab on the
  // second, unless it believes that this tab was open before.
  if (defaultTabs.length > 0 && !storage.getItem("graphiql:tabState")) {
    storage.setItem("graphiql:query", defaultTabs[0].query);
    storage.setItem("graphiql:variables", defaultTabs[0].variables ?? "");
  }

  const page = React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({
      url: "/graphql",
      subscriptionUrl: `${location.origin.replace(/^http/, "ws")}/graphql`,
    }),
    storage,
    ...(defaultTabs.length > 0 ? { defaultTabs } : {}),
  });

  ReactDOM.createRoot(document.getElementById("graphiql")).render(page);
})();
