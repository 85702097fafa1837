//! One source file with its mutants as run-time switches.

use std::collections::BTreeMap;
use std::ops::Range;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::Mutant;

/// The file as rewritten, and where the text of each mutant stands in it.
pub struct Rewritten {
    pub text: String,
    pub places: Vec<(usize, Range<usize>)>,
}

/// A piece of text put in, which may belong to a mutant.
type Piece = (Option<usize>, String);

struct Wrap {
    range: Range<usize>,
    before: Vec<Piece>,
    after: Vec<Piece>,
}

struct Visitor<'a> {
    text: &'a str,
    /// The mutants by the line and column at which they start, both from 1.
    mutants: BTreeMap<(usize, usize), Vec<(usize, &'a Mutant)>>,
    wraps: Vec<Wrap>,
}

/// Rewrites `text` with `mutants`, each under its number. One that stands where no switch can is left out.
pub fn rewrite(text: &str, mutants: &[(usize, &Mutant)]) -> Result<Rewritten, syn::Error> {
    let file = syn::parse_file(text)?;
    let mut by_start: BTreeMap<(usize, usize), Vec<(usize, &Mutant)>> = BTreeMap::new();
    for (number, mutant) in mutants {
        let start = &mutant.span.start;
        by_start
            .entry((start.line, start.column))
            .or_default()
            .push((*number, mutant));
    }
    let mut visitor = Visitor {
        text,
        mutants: by_start,
        wraps: vec![],
    };
    visitor.visit_file(&file);
    Ok(emit(text, visitor.wraps))
}

fn emit(text: &str, wraps: Vec<Wrap>) -> Rewritten {
    // At one position: what ends there, inner first, then what begins there, outer first. Parents are visited before children.
    let mut pieces: BTreeMap<(usize, u8, isize, isize), Vec<Piece>> = BTreeMap::new();
    for (index, wrap) in wraps.into_iter().enumerate() {
        let (start, end, index) = (wrap.range.start, wrap.range.end, index as isize);
        pieces.insert((end, 0, -(start as isize), -index), wrap.after);
        pieces.insert((start, 1, -(end as isize), index), wrap.before);
    }
    let (mut out, mut places, mut done) = (String::new(), vec![], 0);
    for ((position, ..), list) in pieces {
        out.push_str(&text[done..position]);
        done = position;
        for (number, piece) in list {
            let start = out.len();
            out.push_str(&piece);
            if let Some(number) = number {
                places.push((number, start..out.len()));
            }
        }
    }
    out.push_str(&text[done..]);
    Rewritten { text: out, places }
}

fn on(number: usize) -> String {
    format!("crate::mutant::on({number})")
}

impl<'a> Visitor<'a> {
    fn take(&mut self, span: Span, genre: &str) -> Vec<(usize, &'a Mutant)> {
        let start = span.start();
        let found = self.mutants.get(&(start.line, start.column + 1));
        found
            .into_iter()
            .flatten()
            .filter(|(_, mutant)| mutant.genre == genre)
            .copied()
            .collect()
    }

    /// Wraps an expression: each mutant's text behind its switch, and the original behind all of them.
    fn choose(&mut self, range: Range<usize>, mutants: Vec<(usize, String)>) {
        if mutants.is_empty() {
            return;
        }
        let mut before = vec![(None, "(".to_owned())];
        for (number, text) in mutants {
            before.push((Some(number), format!("if {} {{ {text} }} ", on(number))));
            before.push((None, "else ".to_owned()));
        }
        before.push((None, "{ ".to_owned()));
        self.wraps.push(Wrap {
            range,
            before,
            after: vec![(None, " })".to_owned())],
        });
    }

    fn insert(&mut self, at: usize, pieces: Vec<Piece>) {
        self.wraps.push(Wrap {
            range: at..at,
            before: pieces,
            after: vec![],
        });
    }

    fn body(&mut self, signature: &syn::Signature, block: &syn::Block) {
        // Two values of one `impl Trait` would have to be of one type.
        let mut finder = ImplTrait(false);
        finder.visit_return_type(&signature.output);
        let Some(first) = block.stmts.first().filter(|_| !finder.0) else {
            return;
        };
        let found = self.take(first.span(), "FnValue");
        let mut pieces = vec![];
        for (number, mutant) in found {
            pieces.push((
                Some(number),
                format!(" if {} {{ return {}; }}", on(number), mutant.replacement),
            ));
        }
        if !pieces.is_empty() {
            self.insert(block.brace_token.span.open().byte_range().end, pieces);
        }
    }
}

/// Whether the operands of a chain of `&&` hold a `let`: such a chain is no expression that could stand elsewhere.
fn has_let(expression: &syn::Expr) -> bool {
    match expression {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(binary) if matches!(binary.op, syn::BinOp::And(_)) => {
            has_let(&binary.left) || has_let(&binary.right)
        }
        _ => false,
    }
}

struct ImplTrait(bool);

impl<'a> Visit<'a> for ImplTrait {
    fn visit_type_impl_trait(&mut self, _: &'a syn::TypeImplTrait) {
        self.0 = true;
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute
                    .parse_args::<syn::Ident>()
                    .is_ok_and(|ident| ident == "test")
    })
}

impl<'a> Visit<'a> for Visitor<'_> {
    // What the compiler evaluates, patterns, types and tests stay as they are.
    fn visit_item_const(&mut self, _: &'a syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'a syn::ItemStatic) {}
    fn visit_impl_item_const(&mut self, _: &'a syn::ImplItemConst) {}
    fn visit_trait_item_const(&mut self, _: &'a syn::TraitItemConst) {}
    fn visit_variant(&mut self, _: &'a syn::Variant) {}
    fn visit_pat(&mut self, _: &'a syn::Pat) {}
    fn visit_type(&mut self, _: &'a syn::Type) {}
    fn visit_attribute(&mut self, _: &'a syn::Attribute) {}

    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        if item.sig.constness.is_none() && !is_test(&item.attrs) {
            self.body(&item.sig, &item.block);
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        if item.sig.constness.is_none() {
            self.body(&item.sig, &item.block);
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'a syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.body(&item.sig, block);
            visit::visit_trait_item_fn(self, item);
        }
    }

    fn visit_expr_binary(&mut self, binary: &'a syn::ExprBinary) {
        let operator = binary.op.span();
        let chain =
            matches!(binary.op, syn::BinOp::And(_)) && (has_let(&binary.left) || has_let(&binary.right));
        if !chain {
            let (range, op) = (binary.span().byte_range(), operator.byte_range());
            let mutants = self.take(operator, "BinaryOperator");
            let texts = mutants.into_iter().map(|(number, mutant)| {
                let left = &self.text[range.start..op.start];
                let right = &self.text[op.end..range.end];
                (number, format!("{left}{}{right}", mutant.replacement))
            });
            let texts = texts.collect();
            self.choose(range, texts);
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_unary(&mut self, unary: &'a syn::ExprUnary) {
        let mutants = self.take(unary.op.span(), "UnaryOperator");
        let operand = &self.text[unary.expr.span().byte_range()];
        let texts = mutants
            .into_iter()
            .map(|(number, _)| (number, operand.to_owned()))
            .collect();
        self.choose(unary.span().byte_range(), texts);
        visit::visit_expr_unary(self, unary);
    }

    fn visit_expr_struct(&mut self, literal: &'a syn::ExprStruct) {
        if let Some(rest) = &literal.rest {
            let base = &self.text[rest.span().byte_range()];
            for field in &literal.fields {
                let mutants = self.take(field.span(), "StructField");
                if let syn::Member::Named(name) = &field.member {
                    let texts = mutants
                        .into_iter()
                        .map(|(number, _)| (number, format!("({base}).{name}")))
                        .collect();
                    self.choose(field.expr.span().byte_range(), texts);
                }
            }
        }
        visit::visit_expr_struct(self, literal);
    }

    fn visit_expr_match(&mut self, expression: &'a syn::ExprMatch) {
        // An arm is switched off by a guard; who takes its values then must be sure to be there.
        let takes_all = |arm: &syn::Arm| {
            let all = match &arm.pat {
                syn::Pat::Wild(_) => true,
                // Not a constant or a variant.
                syn::Pat::Ident(name) => name.ident.to_string().starts_with(|c: char| c.is_lowercase()),
                _ => false,
            };
            all && arm.guard.is_none()
        };
        if !expression.arms.iter().any(takes_all) {
            for arm in expression.arms.iter().filter(|arm| arm.guard.is_none()) {
                let start = arm.span().start();
                if let Some(found) = self.mutants.get_mut(&(start.line, start.column + 1)) {
                    found.retain(|(_, mutant)| mutant.genre != "MatchArm");
                }
            }
        }
        visit::visit_expr_match(self, expression);
    }

    fn visit_arm(&mut self, arm: &'a syn::Arm) {
        let deleted = self.take(arm.span(), "MatchArm");
        let mut head: Vec<Piece> = vec![];
        for (number, _) in &deleted {
            head.push((Some(*number), format!("!{}", on(*number))));
        }
        match &arm.guard {
            Some((_, guard)) if !has_let(guard) => {
                let guards = self.take(guard.span(), "MatchArmGuard");
                if !head.is_empty() {
                    head.push((None, " && ".to_owned()));
                }
                head.push((None, "(".to_owned()));
                // `on(true) || !on(false) && (..)`: at most one switch is on.
                for (number, _) in guards.iter().filter(|(_, mutant)| mutant.replacement == "true") {
                    head.push((Some(*number), format!("{} || ", on(*number))));
                }
                for (number, _) in guards.iter().filter(|(_, mutant)| mutant.replacement != "true") {
                    head.push((Some(*number), format!("!{} && ", on(*number))));
                }
                head.push((None, "(".to_owned()));
                self.wraps.push(Wrap {
                    range: guard.span().byte_range(),
                    before: head,
                    after: vec![(None, "))".to_owned())],
                });
            }
            Some(_) => {}
            None if head.is_empty() => {}
            None => {
                head.insert(0, (None, " if ".to_owned()));
                self.insert(arm.pat.span().byte_range().end, head);
            }
        }
        visit::visit_arm(self, arm);
    }
}
