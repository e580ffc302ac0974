"""The service's face in GraphQL: types and resolvers that translate, and decide nothing."""
