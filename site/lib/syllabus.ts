/** The course as planned: a chapter exists when course/ has it; until then the map says so. */
export interface PlannedChapter {
  number: number;
  title: string;
  /** What is built in it. */
  builds: string;
}

export interface Part {
  title: string;
  chapters: PlannedChapter[];
}

export const syllabus: Part[] = [
  {
    title: "Learning from mistakes",
    chapters: [
      {
        number: 1,
        title: "The perceptron",
        builds: "Rosenblatt’s rule on real penguins, and its limit",
      },
      {
        number: 2,
        title: "What came before",
        builds:
          "Linear and logistic models, support vectors, trees, forests, boosting, and when they win",
      },
      {
        number: 3,
        title: "Made by hand or learned",
        builds: "A spam filter, with features chosen by you and by the data",
      },
    ],
  },
  {
    title: "Networks",
    chapters: [
      {
        number: 4,
        title: "Tensors and autograd",
        builds: "Broadcasting, the tape, backpropagation",
      },
      {
        number: 5,
        title: "The multilayer perceptron",
        builds: "Softmax, cross-entropy, SGD, momentum, Adam",
      },
      { number: 6, title: "Going deep", builds: "Vanishing gradients, ReLU, initialization" },
      {
        number: 7,
        title: "Keeping training steady",
        builds: "Batch and layer normalization, dropout, weight decay, schedules",
      },
    ],
  },
  {
    title: "Seeing",
    chapters: [
      { number: 8, title: "Convolution", builds: "Filters, pooling, LeNet" },
      { number: 9, title: "AlexNet, small", builds: "Depth, augmentation, what each layer sees" },
      { number: 10, title: "ResNet", builds: "Residual connections" },
      { number: 11, title: "Opening the box", builds: "Saliency, Grad-CAM, LIME, SHAP" },
      {
        number: 12,
        title: "Transfer learning",
        builds: "Fine-tuning on a few examples of your own",
      },
    ],
  },
  {
    title: "Making",
    chapters: [
      { number: 13, title: "Autoencoders", builds: "Compression, PCA, finding what does not fit" },
      {
        number: 14,
        title: "Variational autoencoders",
        builds: "A space of codes that one can walk through",
      },
      { number: 15, title: "Adversarial networks", builds: "Two players, and how they fail" },
      { number: 16, title: "Diffusion", builds: "From noise to digit, step by step" },
    ],
  },
  {
    title: "Language",
    chapters: [
      { number: 17, title: "Language models", builds: "Bigrams, embeddings, byte-pair encoding" },
      { number: 18, title: "Recurrence", builds: "RNN, LSTM, GRU, backpropagation through time" },
      {
        number: 19,
        title: "Attention and translation",
        builds: "Encoder and decoder, from spelling to sound",
      },
      { number: 20, title: "The transformer", builds: "GPT on Moby Dick, and BERT’s masking" },
      {
        number: 21,
        title: "Learning in context",
        builds: "Induction heads, prompts, the limits of context",
      },
    ],
  },
  {
    title: "Further",
    chapters: [
      {
        number: 22,
        title: "Vision transformers and CLIP",
        builds: "Patches, and pictures found by their names",
      },
      {
        number: 23,
        title: "Efficiency and scale",
        builds: "Quantization, distillation, LoRA, mixtures of experts, scaling laws",
      },
      {
        number: 24,
        title: "Agents and the frontier",
        builds: "REINFORCE, tree search with self-play, recommenders, audio, proteins",
      },
    ],
  },
];
