//! Findings that need the syntax of a Rust file.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, Item, Lit, Meta, Signature, UseTree};

use super::roles::{self, Role};
use super::sizes::FUNCTION_LINES_MAX;
use super::tree::Source;
use super::{Findings, names};

/// The line on which the tests of a file begin: everything after it counts as tests.
pub fn tests_from(file: &syn::File) -> Option<usize> {
    let tests = file.items.iter().filter_map(|item| match item {
        Item::Mod(module) if is_test(&module.attrs) && module.content.is_some() => module
            .attrs
            .first()
            .map(|attribute| attribute.span().start().line),
        _ => None,
    });
    tests.min()
}

/// Walks the file.
pub fn check(source: &Source, file: &syn::File, findings: &mut Findings) {
    let role = Role::of(source);
    let mut walk = Walk {
        source,
        role,
        findings,
        in_tests: role == Role::Test,
        in_constant: false,
    };
    walk.visit_file(file);
}

struct Walk<'a> {
    source: &'a Source,
    role: Role,
    findings: &'a mut Findings,
    in_tests: bool,
    in_constant: bool,
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::Path(path) => path
            .segments
            .last()
            .is_some_and(|last| last.ident == "test"),
        Meta::List(list) => list.path.is_ident("cfg") && names_test(list.tokens.clone()),
        Meta::NameValue(_) => false,
    })
}

/// Whether a `cfg` holds in tests only: `test` or `all(test, …)`.
fn names_test(tokens: TokenStream) -> bool {
    let text = tokens.to_string();
    text == "test" || text.starts_with("all (test") || text.starts_with("all(test")
}

impl Walk<'_> {
    fn add(&mut self, span: Span, what: impl Into<String>, mend: impl Into<String>) {
        self.findings
            .add(&self.source.path, span.start().line, what, mend);
    }

    /// Visits a part, as part of the tests when its attributes say so.
    fn within(&mut self, attributes: &[Attribute], visit: impl FnOnce(&mut Self)) {
        let outside = self.in_tests;
        self.in_tests |= is_test(attributes);
        visit(self);
        self.in_tests = outside;
    }

    fn within_constant(&mut self, visit: impl FnOnce(&mut Self)) {
        let outside = self.in_constant;
        self.in_constant = true;
        visit(self);
        self.in_constant = outside;
    }

    fn text(&mut self, text: &str, span: Span) {
        if self.in_tests || !roles::is_sql(text) {
            return;
        }
        if !self.role.may_hold_sql() {
            let what = match self.role {
                Role::Http => "SQL in a file that presents",
                Role::Rules => "SQL in a file of rules",
                _ => "SQL outside a store",
            };
            self.add(span, what, "move it to the noun's store.rs and call that");
        } else if self.role == Role::Store && !self.in_constant {
            let mend = "make it a `const NAME: &str`, so that a test prepares it on both engines";
            self.add(span, "SQL without a name", mend);
        }
    }

    fn path(&mut self, path: &[String], span: Span) {
        if self.in_tests {
            return;
        }
        let shown = path.join("::");
        if self.role == Role::Rules
            && let Some(what) = roles::impure(path)
        {
            let mend = "take what the decision needs as an argument";
            self.add(span, format!("rules reach for {what} (`{shown}`)"), mend);
        }
        if !self.role.may_branch() && roles::names_engine(path) {
            let mend = "move what differs to twin files x_sqlite.rs and x_postgres.rs";
            self.add(span, format!("code for one engine (`{shown}`)"), mend);
        }
    }

    fn asynchronous(&mut self, span: Span) {
        if self.role == Role::Rules && !self.in_tests {
            self.add(
                span,
                "rules wait",
                "rules are pure functions; wait in commands.rs",
            );
        }
    }

    fn function(&mut self, signature: &Signature, block: Option<&Block>) {
        if let Some(token) = signature.asyncness {
            self.asynchronous(token.span);
        }
        let Some(block) = block else { return };
        let start = signature.fn_token.span.start().line;
        let lines = block
            .brace_token
            .span
            .close()
            .end()
            .line
            .saturating_sub(start)
            + 1;
        if lines > FUNCTION_LINES_MAX && !self.in_tests {
            let name = &signature.ident;
            let what = format!("`{name}` has {lines} lines, at most {FUNCTION_LINES_MAX}");
            self.add(
                signature.ident.span(),
                what,
                "give its steps names of their own",
            );
        }
    }

    fn uses(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: String| before.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.uses(&path.tree, &with(path.ident.to_string())),
            UseTree::Name(name) => self.path(&with(name.ident.to_string()), name.ident.span()),
            UseTree::Rename(name) => self.path(&with(name.ident.to_string()), name.ident.span()),
            UseTree::Glob(glob) => self.path(&with("*".to_owned()), glob.star_token.span),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.uses(tree, before));
            }
        }
    }

    /// What a macro is given is not parsed; its texts and its waits are found all the same.
    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(ident) if ident == "await" => self.asynchronous(ident.span()),
                TokenTree::Ident(ident) if roles::is_engine(&ident.to_string()) => {
                    self.path(&["…".to_owned(), ident.to_string()], ident.span());
                }
                TokenTree::Literal(literal) => {
                    let span = literal.span();
                    if let Lit::Str(text) = Lit::new(literal) {
                        self.text(&text.value(), span);
                    }
                }
                _ => {}
            }
        }
    }

    fn named(&mut self, ident: &syn::Ident) {
        let line = ident.span().start().line;
        names::check_type(self.source, line, &ident.to_string(), self.findings);
    }
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let path = attribute.path();
        let conditional = path.is_ident("cfg_attr")
            && matches!(&attribute.meta, Meta::List(list) if mentions_allow(list.tokens.clone()));
        if path.is_ident("allow") || conditional {
            let mend = "mend the cause, or write #[expect(…, reason = \"…\")]";
            self.add(attribute.span(), "a lint is silenced with `allow`", mend);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.within(&item.attrs, |walk| visit::visit_item_mod(walk, item));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.within(&item.attrs, |walk| {
            walk.function(&item.sig, Some(&item.block));
            visit::visit_item_fn(walk, item);
        });
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.within(&item.attrs, |walk| visit::visit_item_impl(walk, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.within(&item.attrs, |walk| {
            walk.function(&item.sig, Some(&item.block));
            visit::visit_impl_item_fn(walk, item);
        });
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.function(&item.sig, item.default.as_ref());
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        item.attrs
            .iter()
            .for_each(|attribute| self.visit_attribute(attribute));
        self.within(&item.attrs, |walk| walk.uses(&item.tree, &[]));
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.within_constant(|walk| visit::visit_item_const(walk, item));
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.within_constant(|walk| visit::visit_item_static(walk, item));
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.within_constant(|walk| visit::visit_impl_item_const(walk, item));
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.named(&item.ident);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.named(&item.ident);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.named(&item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.named(&item.ident);
        visit::visit_item_type(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path
            .segments
            .iter()
            .map(|it| it.ident.to_string())
            .collect();
        self.path(&names, path.span());
        visit::visit_path(self, path);
    }

    fn visit_expr_await(&mut self, expression: &'ast syn::ExprAwait) {
        self.asynchronous(expression.await_token.span);
        visit::visit_expr_await(self, expression);
    }

    fn visit_expr_async(&mut self, expression: &'ast syn::ExprAsync) {
        self.asynchronous(expression.async_token.span);
        visit::visit_expr_async(self, expression);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        // `Location::Postgres(url)` makes a value and decides nothing by it.
        if !matches!(&*call.func, syn::Expr::Path(path) if names_variant(&path.path)) {
            self.visit_expr(&call.func);
        }
        call.args
            .iter()
            .for_each(|argument| self.visit_expr(argument));
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let closure = match call.args.first() {
            Some(syn::Expr::Closure(closure)) => closure.asyncness.is_some(),
            _ => false,
        };
        let writes = call.method == "write" && closure;
        if writes && self.role == Role::Http && !self.in_tests {
            let mend = "call a command of commands.rs";
            self.add(call.method.span(), "a write in a file that presents", mend);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.text(&literal.value(), literal.span());
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }
}

fn names_variant(path: &syn::Path) -> bool {
    path.segments
        .last()
        .is_some_and(|last| roles::is_engine(&last.ident.to_string()))
}

fn mentions_allow(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "allow",
        TokenTree::Group(group) => mentions_allow(group.stream()),
        _ => false,
    })
}
